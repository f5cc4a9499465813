import { type Parser, parseInteger, parseOneOf } from "./parsers.ts";

/**
 * One variable of the environment. The default is written down twice, as text for people and as the value that
 * the text parses to; a test holds the two together.
 */
export interface Setting<T> {
  readonly name: string;
  readonly description: string;
  /** Empty when the value has none. */
  readonly unit: string;
  /** What a valid value looks like, put so that "use …" can stand before it. */
  readonly allowed: string;
  /** Empty when the setting is unset by default. */
  readonly defaultText: string;
  readonly defaultValue: T;
  /** The value of a secret setting is never shown, not even when it is wrong. */
  readonly secret: boolean;
  /** Of whole numbers only. */
  readonly range?: { readonly min: number; readonly max: number };
  readonly parse: Parser<T>;
}

export interface IntegerOptions {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

export function integerSetting(name: string, options: IntegerOptions, description: string): Setting<number> {
  const { min, max, unit = "" } = options;
  return {
    name,
    description,
    unit,
    allowed: `a whole number from ${min} to ${max}${unit === "" ? "" : ` (${unit})`}`,
    defaultText: String(options.default),
    defaultValue: options.default,
    secret: false,
    range: { min, max },
    parse: parseInteger(min, max),
  };
}

export function choiceSetting<T extends string>(
  name: string,
  options: { readonly default: T; readonly choices: readonly T[] },
  description: string,
): Setting<T> {
  return {
    name,
    description,
    unit: "",
    allowed: `one of ${options.choices.join(", ")}`,
    defaultText: options.default,
    defaultValue: options.default,
    secret: false,
    parse: parseOneOf(options.choices),
  };
}

export interface TextOptions<T> {
  readonly default: { readonly text: string; readonly value: T };
  readonly allowed: string;
  readonly parse: Parser<T>;
}

export function textSetting<T>(name: string, options: TextOptions<T>, description: string): Setting<T> {
  return {
    name,
    description,
    unit: "",
    allowed: options.allowed,
    defaultText: options.default.text,
    defaultValue: options.default.value,
    secret: false,
    parse: options.parse,
  };
}

export interface OptionalOptions<T> {
  readonly allowed: string;
  readonly parse: Parser<T>;
  readonly secret?: boolean;
}

export function optionalSetting<T>(
  name: string,
  options: OptionalOptions<T>,
  description: string,
): Setting<T | undefined> {
  return {
    name,
    description,
    unit: "",
    allowed: options.allowed,
    defaultText: "",
    defaultValue: undefined,
    secret: options.secret ?? false,
    parse: options.parse,
  };
}
