/**
 * The form in which names are compared without regard to case. Computed here and stored, because the
 * engines' own folding differs (SQLite folds ASCII only, PostgreSQL by locale). Normalized again at the end: some
 * capitals have no composed form and their small letters do ("J̌", "ǰ").
 */
export function foldCase(value: string): string {
  return value.normalize("NFC").toLowerCase().normalize("NFC");
}
