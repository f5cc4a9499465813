/** Domain names as they are compared and looked up: in ASCII (IDNA), in lower case, without a dot at the end. */
import { domainToASCII } from "node:url";

/** RFC 1035 section 2.3.4: 255 octets on the wire. */
export const domainNameMaxLength = 253;

/** Any ASCII that is not part of a host name: `domainToASCII` would decode, cut off or repair some of it. */
const foreignAscii = /[\0-,/:-@[-`{-\x7f]/;
/** RFC 1123 section 2.1. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Without it, "1.2.3.4" would be a name; an IDN's begins with "xn--". */
const topLabel = /^[a-z].+$/;

/** Undefined for what is no host name below a top-level domain: an IP address, "localhost", a URL. */
export function toDomainName(text: string): string | undefined {
  if (text.length > domainNameMaxLength || foreignAscii.test(text)) return undefined;
  const name = domainToASCII(text);
  if (name.length > domainNameMaxLength) return undefined;
  const labels = name.split(".");
  const isName = labels.length > 1 && labels.every((each) => label.test(each));
  return isName && topLabel.test(labels.at(-1) ?? "") ? name : undefined;
}

/** What stands after the last @. Undefined where that is no domain name. */
export function domainOfEmail(email: string): string | undefined {
  const at = email.lastIndexOf("@");
  return at < 0 ? undefined : toDomainName(email.slice(at + 1));
}
