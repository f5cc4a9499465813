import type { Setting } from "./setting.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads settings from an environment and collects what is wrong with them, so that all of it is told at once. */
export class SettingsReader {
  readonly problems: string[] = [];
  readonly #env: Environment;
  readonly #failed = new Set<string>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** The setting's value. After a problem it is the default, which nobody gets to see: see `problems`. */
  read<T>(setting: Setting<T>): T {
    const text = this.#env[setting.name] ?? "";
    if (this.isUnset(setting)) return setting.defaultValue;
    const result = setting.parse(text);
    if (result.ok) return result.value;
    this.refuse(setting, result.problem, result.remedy);
    return setting.defaultValue;
  }

  isUnset(setting: Setting<unknown>): boolean {
    return (this.#env[setting.name] ?? "") === "";
  }

  /** Notes a problem that is found after parsing, of a file that the setting names for one. */
  refuse(setting: Setting<unknown>, problem: string, remedy: string = generalRemedy(setting)): void {
    this.#failed.add(setting.name);
    this.problems.push(`${setting.name}: ${problem}; ${remedy}`);
  }

  /** Whether the setting has no problem so far; a rule between settings is checked between sound ones only. */
  isSound(setting: Setting<unknown>): boolean {
    return !this.#failed.has(setting.name);
  }

  /** Notes a contradiction when the first, a duration, is shorter than the second. */
  refuseShorter(long: Setting<number>, short: Setting<number>): void {
    if (!this.isSound(long) || !this.isSound(short)) return;
    const [longValue, shortValue] = [this.read(long), this.read(short)];
    if (longValue >= shortValue) return;
    const problem = `${longValue} is less than ${short.name}, which is ${shortValue}`;
    this.refuse(long, problem, `raise it to ${shortValue} or more, or lower ${short.name}`);
  }
}

function generalRemedy({ allowed, defaultText }: Setting<unknown>): string {
  return `use ${allowed}, or leave it unset${defaultText === "" ? "" : ` for ${defaultText}`}`;
}
