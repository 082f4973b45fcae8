/** C4 identifiers (SMPTE ST 2114): a SHA-512 as 90 letters, the same on every system. */

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base = alphabet.length;
const digits = 88;
/** So many digits at once fit a double exactly: a receipt holds hundreds of thousands of identifiers. */
const atOnce = 9;
const powers = Array.from({ length: atOnce + 1 }, (_, at) => BigInt(base) ** BigInt(at));
const valueOf = new Map(Array.from(alphabet, (letter, value) => [letter, value]));

/** The identifier of a SHA-512 of 128 hex digits. */
export function c4Of(sha512: string): string {
  let rest = BigInt(`0x${sha512}`);
  let text = '';
  while (rest > 0n) {
    let part = Number(rest % (powers[atOnce] ?? 1n));
    rest /= powers[atOnce] ?? 1n;
    let piece = '';
    for (let at = 0; at < atOnce; at++) {
      piece = (alphabet[part % base] ?? '') + piece;
      part = Math.floor(part / base);
    }
    text = piece + text;
  }
  return `c4${text.slice(-digits).padStart(digits, '1')}`;
}

/** The SHA-512, of 128 hex digits, that an identifier stands for; `undefined` for what is none. */
export function sha512OfC4(c4: string): string | undefined {
  if (c4.length !== digits + 2 || !c4.startsWith('c4')) return undefined;
  let value = 0n;
  for (let at = 2; at < c4.length; at += atOnce) {
    const letters = c4.slice(at, at + atOnce);
    let part = 0;
    for (const letter of letters) part = part * base + (valueOf.get(letter) ?? Number.NaN);
    if (Number.isNaN(part)) return undefined;
    value = value * (powers[letters.length] ?? 1n) + BigInt(part);
  }
  const hex = value.toString(16).padStart(128, '0');
  return hex.length === 128 ? hex : undefined;
}
