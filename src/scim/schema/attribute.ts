/** Attributes, schemas and resource types as RFC 7643 sections 2, 6 and 7 define them: data that everything else reads. */

export type AttributeType =
  | "string"
  | "boolean"
  | "decimal"
  | "integer"
  | "dateTime"
  | "reference"
  | "binary"
  | "complex";
export type Mutability = "readOnly" | "readWrite" | "immutable" | "writeOnly";
export type Returned = "always" | "never" | "default" | "request";
export type Uniqueness = "none" | "server" | "global";

export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: Mutability;
  readonly returned: Returned;
  readonly uniqueness: Uniqueness;
  /** UTF-16 code units of a string, where they are not those of its type (`limits.ts`). Not part of discovery. */
  readonly maxLength?: number;
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  /** Of a complex attribute, and only of one. They are never complex themselves (RFC 7643 section 2.3.8). */
  readonly subAttributes?: readonly Attribute[];
}

export interface Schema {
  /** The URN. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export type ResourceTypeName = "User" | "Group";

export interface ResourceType {
  readonly name: ResourceTypeName;
  readonly description: string;
  /** "/Users" */
  readonly endpoint: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
}
