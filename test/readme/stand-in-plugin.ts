/**
 * Stands in for a buf plugin that only the network has: writes down what buf asks it to generate, so that a test can
 * tell whether the configuration asks for the right thing: a file for each proto, in the folder that its argument names.
 */
import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
} from "@bufbuild/protobuf/wkt";

const request = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
const wanted = new Set(request.fileToGenerate);
const response = create(CodeGeneratorResponseSchema, {
  supportedFeatures: BigInt(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL),
  file: request.protoFile
    .filter(({ name }) => wanted.has(name))
    .map(({ name, options }) => ({
      name: `${process.argv[2]}/${name}`,
      content: JSON.stringify({ parameter: request.parameter, goPackage: options?.goPackage }),
    })),
});
process.stdout.write(toBinary(CodeGeneratorResponseSchema, response));
