/** What the organization shows of a resource: derived, so that a directory without a display name has people with names. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { limits } from "../limits.ts";

export interface UserSummary {
  readonly userName: string;
  readonly externalId: string | undefined;
  /** A user of whom it is not said is active. */
  readonly active: boolean;
  /** `displayName`, or else `name.formatted`, or else given and family name, or else `userName`. */
  readonly displayName: string;
  /** The primary email, or else the first that has a value, or else `userName`. */
  readonly email: string;
}

export interface GroupSummary {
  readonly displayName: string;
  readonly externalId: string | undefined;
}

/** @param attributes canonical, so that `userName` is there */
export function userSummary(attributes: JsonObject): UserSummary {
  const userName = requiredText(attributes, "userName");
  return {
    userName,
    externalId: textOf(attributes, "externalId"),
    active: ownValue(attributes, "active") !== false,
    displayName: shortened(displayNameOf(attributes) ?? userName),
    email: emailOf(ownValue(attributes, "emails")) ?? userName,
  };
}

/** @param attributes canonical, so that `displayName` is there */
export function groupSummary(attributes: JsonObject): GroupSummary {
  return {
    displayName: requiredText(attributes, "displayName"),
    externalId: textOf(attributes, "externalId"),
  };
}

function displayNameOf(attributes: JsonObject): string | undefined {
  const displayName = textOf(attributes, "displayName");
  const name = ownValue(attributes, "name");
  if (displayName !== undefined || !isJsonObject(name)) return displayName;
  const parts = [textOf(name, "givenName"), textOf(name, "familyName")].filter((part) => part !== undefined);
  return textOf(name, "formatted") ?? (parts.length > 0 ? parts.join(" ") : undefined);
}

function emailOf(emails: JsonValue | undefined): string | undefined {
  if (!isJsonArray(emails)) return undefined;
  const elements = emails.filter(isJsonObject).filter((element) => textOf(element, "value") !== undefined);
  const chosen = elements.find((element) => ownValue(element, "primary") === true) ?? elements[0];
  return chosen && textOf(chosen, "value");
}

/** Members are listed by name, from an index: two long names make one that is too long for it. */
function shortened(name: string): string {
  if (name.length <= limits.keyMaxLength) return name;
  const cut = name.slice(0, limits.keyMaxLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** Blank text says nothing: providers send it for what they do not know. */
function textOf(object: JsonObject, name: string): string | undefined {
  const value = ownValue(object, name);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function requiredText(attributes: JsonObject, name: string): string {
  const value = textOf(attributes, name);
  if (value === undefined) throw new Error(`a resource without ${name}`);
  return value;
}
