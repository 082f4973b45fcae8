/** XML as manifests need it: what may stand in a text, and how it is written there. */

/**
 * Whether a text can be written into XML 1.0 at all: most control characters cannot, not even as references,
 * and neither can half a surrogate pair.
 */
export function isXmlText(text: string): boolean {
  return Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return character === '\t' || character === '\n' || character === '\r';
    return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
  });
}

/** Between tags and in attributes. A reader takes a bare CR for a line's end, and an attribute's tab for a space. */
export function xmlText(text: string): string {
  return text.replaceAll(/[&<>"\r\n\t]/g, (character) => references[character] ?? character);
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** `<name attribute="value">text</name>`; attributes that are `undefined` are left out. */
export function element(
  name: string,
  text: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : ` ${key}="${xmlText(String(value))}"`,
  );
  return `<${name}${written.join('')}>${xmlText(text)}</${name}>`;
}
