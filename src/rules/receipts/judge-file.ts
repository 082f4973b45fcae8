/** Whether a file is what its receipts state, as far as its hashes are known. */
import type { Claim } from './plan-check.js';
import type { DigestFormat } from './statements.js';

export type Digests = Readonly<Partial<Record<DigestFormat, string>>>;

export interface Judgement {
  /** `unknown`: no receipt states a hash that could be made. */
  readonly state: 'good' | 'changed' | 'unknown';
  /** The claims that do not hold. */
  readonly broken: readonly Claim[];
  /** Of classic manifests: how their XXH64 turned out to be written. */
  readonly order?: 'big-endian' | 'little-endian';
}

export function judgeFile(claims: readonly Claim[], digests: Digests): Judgement {
  const known = claims.filter(({ format }) => digests[format] !== undefined);
  if (known.length === 0) return { state: 'unknown', broken: [] };
  const orders = known.map((claim) => ({ claim, order: orderOf(claim, digests[claim.format] ?? '') }));
  const broken = orders.filter(({ order }) => order === undefined).map(({ claim }) => claim);
  const either = orders.filter(({ claim }) => claim.eitherOrder === true);
  const order = either.find((each) => each.order !== undefined)?.order;
  return { state: broken.length === 0 ? 'good' : 'changed', broken, ...(order && { order }) };
}

function orderOf(claim: Claim, found: string): 'big-endian' | 'little-endian' | undefined {
  if (claim.digest === found) return 'big-endian';
  if (claim.eitherOrder !== true) return undefined;
  return claim.digest === Buffer.from(found, 'hex').reverse().toString('hex') ? 'little-endian' : undefined;
}
