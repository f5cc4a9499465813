import type { Attribute } from "./attribute.ts";

type Characteristics = Omit<Attribute, "name" | "description">;

/**
 * An attribute with the defaults of RFC 7643 section 2.2. References and binaries are case exact whatever section 8.7
 * prints (sections 2.3.6 and 2.3.7).
 */
export function define(
  name: string,
  description: string,
  characteristics: Partial<Characteristics> = {},
): Attribute {
  const type = characteristics.type ?? (characteristics.subAttributes === undefined ? "string" : "complex");
  return {
    name,
    description,
    type,
    multiValued: false,
    required: false,
    caseExact: type === "reference" || type === "binary",
    mutability: "readWrite",
    returned: "default",
    uniqueness: "none",
    ...characteristics,
  };
}

interface PluralForm {
  /** Of the sub-attribute `value`; `none` where addresses have their parts instead. */
  readonly value: Attribute | "none";
  /** Labels that `type` usually has. Any other is taken as well (RFC 7643 section 7, canonicalValues). */
  readonly types?: readonly string[];
  readonly parts?: readonly Attribute[];
}

/** A multi-valued attribute with the usual sub-attributes of RFC 7643 section 2.4. */
export function definePlural(name: string, description: string, form: PluralForm): Attribute {
  const { value, types, parts = [] } = form;
  const type = define(
    "type",
    "What the value is for.",
    types === undefined ? {} : { canonicalValues: types },
  );
  const display = define("display", "A name for the value, to be shown to people.");
  const primary = define("primary", "Whether this is the preferred value. At most one is.", {
    type: "boolean",
  });
  const subAttributes = value === "none" ? [...parts, type, primary] : [value, display, type, primary];
  return define(name, description, { multiValued: true, subAttributes });
}
