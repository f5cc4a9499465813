/** Values of which neither the order nor the repetitions mean anything, in the one form that stands for them all. */
export function setOf<From, To extends string>(
  values: readonly From[] | undefined,
  convert: (value: From) => To,
): readonly To[] {
  return [...new Set(values?.map(convert))].toSorted();
}
