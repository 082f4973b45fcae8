/**
 * What ava's TAP output says, read line by line: which tests passed, failed, were skipped, and how they
 * failed.
 */

/** How a skipped test's title ends; the reason follows. */
export const skipMark = ' -- skipped: ';

export interface Failure {
  readonly title: string;
  readonly details: readonly string[];
}

export interface Tally {
  passed: number;
  readonly failures: Failure[];
  readonly skipped: { readonly title: string; readonly reason: string }[];
}

export interface TapReader {
  readonly tally: Tally;
  /** Takes a line; returns what a person who waits should see of it. */
  read(line: string): string | undefined;
}

/**
 * Reads TAP version 13 as ava writes it; what it does not know is a detail of the failure before. `under`
 * comes before every title.
 */
export function readTap(under = ''): TapReader {
  const titleOf = (text: string): string => under + text.replaceAll(' › ', ' > ').trim();
  const tally: Tally = { passed: 0, failures: [], skipped: [] };
  let details: string[] | undefined;

  function result(ok: boolean, text: string): string {
    details = undefined;
    if (ok && text.endsWith(' # SKIP')) {
      const [title, reason] = text.slice(0, -' # SKIP'.length).split(skipMark);
      const skipped = { title: titleOf(title ?? ''), reason: reason ?? 'switched off in the test' };
      tally.skipped.push(skipped);
      return `skip ${skipped.title}${skipMark}${skipped.reason}`;
    }
    if (ok) {
      tally.passed++;
      return `ok   ${titleOf(text)}`;
    }
    details = [];
    tally.failures.push({ title: titleOf(text), details });
    return `FAIL ${titleOf(text)}`;
  }

  return {
    tally,
    read(line) {
      const match = /^(not )?ok \d+ - (.*)$/.exec(line);
      if (match) return result(match[1] === undefined, match[2] ?? '');
      const remaining = /^# (\d+) tests? remaining in (.*)$/.exec(line);
      if (remaining) {
        for (let at = 0; at < Number(remaining[1]); at++) {
          tally.failures.push({ title: `${remaining[2] ?? ''}: a test was not run`, details: [] });
        }
        return `FAIL ${line.slice(2)}`;
      }
      if (/^(TAP version|1\.\.\d+|# (tests|pass|skip|fail) \d+$)/.test(line)) return undefined;
      if (line.trim() !== '') details?.push(line);
      return undefined;
    },
  };
}

/** The last line of a test run, which people and CI look for. */
export function closingLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failures.length} failed, ${tally.skipped.length} skipped`;
}
