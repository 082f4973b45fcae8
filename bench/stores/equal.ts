/** Whether what a program made of a corpus is the corpus: the same names, the same bytes. */
import { existsSync } from 'node:fs';
import { CommandFailed, runToEnd, shell } from '../command.js';
import type { Corpus } from '../corpora.js';
import type { Programs } from '../programs.js';
import { WrongResult } from '../wrong-result.js';

/**
 * The hashes of all files of a folder, by name: two equal lists are two equal folders. Four at a time, as
 * small files that are not cached are waited for; a file that cannot be read is missing in the list.
 */
const listing = `
cd "$1"
find . -type f -print0 | xargs -0 -r -n 500 -P 4 "$2" | LC_ALL=C sort -k 2 >"$3"
`;

/** The hashes of a corpus, made once for each of its states. */
async function sumsOf(corpus: Corpus, b3sum: string): Promise<string> {
  const sums = corpus.beside(`sums-${corpus.state}`);
  if (!existsSync(sums)) await runToEnd(shell(listing, [corpus.root, b3sum, sums]));
  return sums;
}

/**
 * Throws `WrongResult` unless a folder holds the names and the bytes of a corpus. By b3sum, which reads only
 * the copy, and on all processors; without it, by diff, which reads both.
 */
export async function mustEqual(corpus: Corpus, folder: string, programs: Programs): Promise<void> {
  try {
    if (programs.has('b3sum')) {
      const b3sum = programs.pathOf('b3sum');
      const wanted = await sumsOf(corpus, b3sum);
      const found = corpus.beside('sums-found');
      await runToEnd(shell(`${listing} diff "$4" "$3"`, [folder, b3sum, found, wanted]));
    } else {
      const args = ['-r', '--brief', '--no-dereference', corpus.root, folder];
      await runToEnd({ program: 'diff', args });
    }
  } catch (error) {
    throw error instanceof CommandFailed ? new WrongResult(error.message) : error;
  }
}
