import { allSettings } from "./settings.ts";

/** One row of the table in the README and of --help. */
export interface SettingRow {
  readonly name: string;
  /** Empty when the setting is unset by default. */
  readonly default: string;
  readonly unit: string;
  readonly allowed: string;
  readonly description: string;
  readonly secret: boolean;
}

export function describeSettings(): SettingRow[] {
  return allSettings().map(({ name, defaultText, unit, allowed, description, secret }) => ({
    name,
    default: defaultText,
    unit,
    allowed,
    description,
    secret,
  }));
}
