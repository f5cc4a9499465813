// Our descriptors against wire-contract.txt, which states the public contract that existing clients were generated from.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescEnum, DescFile, DescMessage } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { file_gitpod_v1_count } from "../../gen/gitpod/v1/count_pb.ts";
import { file_gitpod_v1_event } from "../../gen/gitpod/v1/event_pb.ts";
import { file_gitpod_v1_group } from "../../gen/gitpod/v1/group_pb.ts";
import { file_gitpod_v1_identity } from "../../gen/gitpod/v1/identity_pb.ts";
import { file_gitpod_v1_organization } from "../../gen/gitpod/v1/organization_pb.ts";
import { file_gitpod_v1_pagination } from "../../gen/gitpod/v1/pagination_pb.ts";
import { file_gitpod_v1_user } from "../../gen/gitpod/v1/user_pb.ts";
import { root } from "./buf.ts";
import { type Block, parseContract, renderFile } from "./render.ts";

const files: readonly DescFile[] = [
  file_gitpod_v1_organization,
  file_gitpod_v1_pagination,
  file_gitpod_v1_count,
  file_gitpod_v1_user,
  file_gitpod_v1_identity,
  file_gitpod_v1_group,
  file_gitpod_v1_event,
];

const EXTENSION_NUMBER_MIN = 1000;

/** The only differences from the contract: fields of our own, which other implementations skip as unknown. */
const extensions = [
  {
    heading: "message gitpod.v1.ListSCIMConfigurationsRequest",
    number: 1001,
    line: '  string organization_id = 1001  {"string":{"uuid":true},"ignore":"IGNORE_IF_ZERO_VALUE"}',
  },
  {
    heading: "message gitpod.v1.ListGroupsRequest",
    number: 1001,
    line: '  string organization_id = 1001  {"string":{"uuid":true},"ignore":"IGNORE_IF_ZERO_VALUE"}',
  },
  {
    heading: "message gitpod.v1.WatchEventsRequest",
    number: 1001,
    line: '  optional int64 after_position = 1001  {"int64":{"gte":"0"}}',
  },
  {
    heading: "message gitpod.v1.WatchEventsRequest",
    number: 1002,
    line: '  string organization_id = 1002  {"string":{"uuid":true},"ignore":"IGNORE_IF_ZERO_VALUE"}',
  },
  {
    heading: "message gitpod.v1.WatchEventsResponse",
    number: 1001,
    line: "  int64 position = 1001",
  },
  {
    heading: "message gitpod.v1.ListAuditLogsRequest",
    number: 1001,
    line: '  string organization_id = 1001  {"string":{"uuid":true},"ignore":"IGNORE_IF_ZERO_VALUE"}',
  },
  {
    heading: "message gitpod.v1.ListAuditLogsResponse",
    number: 1001,
    line: "      optional int32 occurrences = 1001",
  },
] as const;

const contract = parseContract(
  readFileSync(join(import.meta.dirname, "wire-contract.txt"), "utf8")
    // The contract was read with an older validate.proto, which had this name for what is now IGNORE_IF_ZERO_VALUE.
    .replaceAll('"IGNORE_IF_UNPOPULATED"', '"IGNORE_IF_ZERO_VALUE"'),
);

const rendered = new Map(files.map((file) => [file.proto.name, renderFile(file)]));

describe("the fixture", () => {
  it("covers every proto file of ours, and each of them is compared", () => {
    const sources = readdirSync(join(root, "proto/gitpod/v1")).map((name) => `gitpod/v1/${name}`);
    expect([...contract.keys()].sort()).toEqual(sources.sort());
    expect([...rendered.keys()].sort()).toEqual(sources.sort());
  });
});

describe.each([...contract])("%s", (path, blocks) => {
  const ours = rendered.get(path) ?? [];

  it("declares what the contract declares, in its order", () => {
    expect(headings(ours)).toEqual(headings(blocks));
  });

  it.each(blocks)("$heading", ({ heading, lines }) => {
    const block = ours.find((candidate) => candidate.heading === heading);
    expect(block?.lines.filter((line) => !isExtension(heading, line))).toEqual(lines);
  });
});

describe("extension fields", () => {
  it.each(extensions)("$heading $number exists as listed", ({ heading, line }) => {
    const block = [...rendered.values()].flat().find((candidate) => candidate.heading === heading);
    expect(block?.lines).toContain(line);
  });

  it.each(extensions)("$heading $number is out of the contract's way", ({ number, line }) => {
    expect(number).toBeGreaterThanOrEqual(EXTENSION_NUMBER_MIN);
    expect(line).toContain(` = ${number}`);
  });
});

describe("skipped numbers", () => {
  it("are reserved in every message and enum", () => {
    const unreserved = files.flatMap((file) => [
      ...allMessages(file.messages).flatMap(unreservedFields),
      ...[...file.enums, ...allMessages(file.messages).flatMap((message) => message.nestedEnums)].flatMap(
        unreservedValues,
      ),
    ]);
    expect(unreserved).toEqual([]);
  });
});

function headings(blocks: readonly Block[]): string[] {
  return blocks.map((block) => block.heading);
}

function isExtension(heading: string, line: string): boolean {
  return extensions.some((extension) => extension.heading === heading && extension.line === line);
}

function allMessages(messages: readonly DescMessage[]): DescMessage[] {
  return messages.flatMap((message) => [message, ...allMessages(message.nestedMessages)]);
}

function unreservedFields({ fields, proto, typeName }: DescMessage): string[] {
  const used = fields.map((field) => field.number).filter((number) => number < EXTENSION_NUMBER_MIN);
  const reserved = proto.reservedRange.map(({ start, end }) => ({ first: start, last: end - 1 }));
  return gaps(1, used, reserved).map((number) => `${typeName} ${number}`);
}

function unreservedValues({ values, proto, typeName }: DescEnum): string[] {
  const used = values.map((value) => value.number);
  const reserved = proto.reservedRange.map(({ start, end }) => ({ first: start, last: end }));
  return gaps(0, used, reserved).map((number) => `${typeName} ${number}`);
}

function gaps(
  from: number,
  used: readonly number[],
  reserved: readonly { first: number; last: number }[],
): number[] {
  const numbers = Array.from({ length: Math.max(from, ...used) - from }, (_, index) => from + index);
  return numbers.filter(
    (number) =>
      !used.includes(number) && !reserved.some(({ first, last }) => first <= number && number <= last),
  );
}
