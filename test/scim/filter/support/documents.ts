/** Resources of the fixtures as filters see them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FilterDocument } from "../../../../src/scim/filter/evaluate.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../../../src/scim/json.ts";
import { parseJson } from "../../../../src/scim/parse-json.ts";
import {
  type SearchElement,
  toSearchDocument,
  toSearchElement,
} from "../../../../src/scim/resource/search-document.ts";
import type { ResourceType, ResourceTypeName } from "../../../../src/scim/schema/attribute.ts";
import { findAttribute, resourceTypes } from "../../../../src/scim/schema/registry.ts";

/** By the name that the fixtures give each. */
export const documents: Readonly<Record<ResourceTypeName, ReadonlyMap<string, FilterDocument>>> = {
  User: readDocuments(resourceTypes.User, "users.json"),
  Group: readDocuments(resourceTypes.Group, "groups.json"),
};

function readDocuments(type: ResourceType, file: string): ReadonlyMap<string, FilterDocument> {
  const text = readFileSync(join(import.meta.dirname, "..", "fixtures", file), "utf8");
  const resources = Object.entries(objectOf(parseJson(text)));
  return new Map(resources.map(([name, resource]) => [name, documentOf(type, objectOf(resource))]));
}

function documentOf(type: ResourceType, resource: JsonObject): FilterDocument {
  const meta = objectOf(resource.meta);
  return {
    id: textOf(resource.id),
    search: {
      ...toSearchDocument(type, resource),
      ...listOf(type, resource, "groups"),
      ...listOf(type, resource, "members"),
    },
    timesMs: {
      "meta.created": Date.parse(textOf(meta.created)),
      "meta.lastModified": Date.parse(textOf(meta.lastModified)),
    },
  };
}

function listOf(type: ResourceType, resource: JsonObject, name: string): Record<string, SearchElement[]> {
  const attribute = findAttribute(type.schema.attributes, name);
  const elements = resource[name];
  if (attribute === undefined || !isJsonArray(elements)) return {};
  return { [name]: elements.map((element) => toSearchElement(attribute, objectOf(element))) };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new Error("a fixture lacks an object");
  return value;
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value !== "string") throw new Error("a fixture lacks a text");
  return value;
}
