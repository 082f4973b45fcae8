/** Which version of Glassine this is: the one of the package that this file belongs to. */
import { createRequire } from 'node:module';

export function programVersion(): string {
  // From dist/src/platform/ up to the package.
  const found = createRequire(import.meta.url)('../../../package.json') as { version: string };
  return found.version;
}
