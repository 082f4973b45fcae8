/** C4 identifiers (SMPTE ST 2114): a SHA-512 as 90 letters, the same on every system. */

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base = BigInt(alphabet.length);
const digits = 88;

/** The identifier of a SHA-512 of 128 hex digits. */
export function c4Of(sha512: string): string {
  let rest = BigInt(`0x${sha512}`);
  let text = '';
  for (; rest > 0n; rest /= base) text = (alphabet[Number(rest % base)] ?? '') + text;
  return `c4${text.padStart(digits, '1')}`;
}

/** The SHA-512, of 128 hex digits, that an identifier stands for; `undefined` for what is none. */
export function sha512OfC4(c4: string): string | undefined {
  if (c4.length !== digits + 2 || !c4.startsWith('c4')) return undefined;
  let value = 0n;
  for (const letter of c4.slice(2)) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) return undefined;
    value = value * base + BigInt(digit);
  }
  const hex = value.toString(16).padStart(128, '0');
  return hex.length === 128 ? hex : undefined;
}
