/** Names that a careless implementation changes: trims, normalizes, escapes, cuts or executes. */
export const awkwardNames: readonly string[] = [
  "  blanks around  ",
  "Ærøskøbing, Åland, Łódź, İstanbul, Straße",
  "cafe\u0301 is not café",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "\u202Eright to left\u202C شركة",
  "line\nfeed, tab\tand\r\nreturn",
  "control \u0001\u001f\u007f\u0085",
  "zero\u200bwidth \u00ad\ufeff",
  "\u{10ffff}\uffff\ue000",
  "'; DROP TABLE organizations; --",
  `"double" 'single' \\back\\slash \`tick\` %s %00 \${x}`,
  "<script>alert(1)</script> &amp; &#0;",
  "__proto__",
  "constructor",
  "null",
  "000",
];
