/** The search document in SQL, by the placeholders of `operation.ts`. */
import { type Fragment, raw } from "./fragment.ts";

/** The text at a key of the document in the column `search`; NULL when the key is absent. */
export function documentText(key: string): Fragment {
  return raw(`{JSON search '${checked(key)}'}`);
}

/** The same of a list's element: within `elementsOf`. */
export function elementText(key: string): Fragment {
  return raw(`{JSON element.value '${checked(key)}'}`);
}

/** The elements of a list in the document, for a FROM: each a row `element` with its `value` and, for its place, `key`. */
export function elementsOf(list: string): Fragment {
  return raw(`{ELEMENTS search '${checked(list)}'}`);
}

/** As the schemas' attributes and URNs are written: nothing that ends a literal, a path or a placeholder. */
const keyPattern = /^[\w.:$-]+$/;

/** Keys come from the schema registry. Any other is a defect. */
function checked(key: string): string {
  if (!keyPattern.test(key)) throw new RangeError("not a key of a search document");
  return key;
}
