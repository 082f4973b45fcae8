/**
 * The real command line as a child process, with a home of its own: how a person's computer looks from
 * outside.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { run } from './commands.js';
import { temporaryFolder } from './trees.js';

/** The compiled program: what `glassine` calls. */
export const mainScript = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../src/main.js');

interface Left {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

interface Trouble {
  readonly code: string;
  readonly subject: string;
  readonly message: string;
}

/** The fields of all documents that these tests ask about; which are there depends on the verb. */
export interface AnyDocument {
  readonly outcome: 'good' | 'incomplete' | 'failed';
  readonly incomplete?: readonly Left[];
  readonly problems?: readonly Trouble[];
  readonly problem?: Trouble;
  readonly kept?: number;
  readonly moved?: number;
  readonly retired?: number;
  readonly restored?: number;
  readonly checked?: number;
  readonly bytesRead?: number;
  readonly bytesCopied?: number;
  readonly sentence?: string;
  readonly state?: string;
  readonly bad?: readonly { readonly vault: string; readonly stored: string; readonly code: string }[];
  readonly vaults?: readonly {
    readonly name: string;
    readonly outcome?: string;
    readonly kept?: number;
    readonly connected?: boolean;
    readonly behindFiles?: number;
    readonly folder?: string;
    readonly place?: string;
    readonly group?: string;
    readonly state?: string;
    readonly offSite?: boolean;
    readonly dueDays?: number;
    readonly dueAt?: string;
    readonly lastSeenAt?: string;
    readonly oldestBehindAt?: string;
    readonly freeBytes?: number;
    readonly totalBytes?: number;
    readonly provenFiles?: number;
    readonly problem?: Trouble;
    readonly problems?: readonly Trouble[];
  }[];
  readonly needs?: readonly { readonly code: string; readonly sentence: string }[];
  readonly notes?: readonly string[];
  readonly coverage?: {
    readonly copies: number;
    readonly sharedDevices: readonly {
      readonly vaults: readonly string[];
      readonly sources: readonly string[];
      readonly sentence: string;
    }[];
  };
  readonly versions?: readonly {
    readonly b3?: string;
    readonly bytes: number;
    readonly keptAt: string;
    readonly current: boolean;
  }[];
  readonly entries?: readonly { readonly name: string; readonly kind: string }[];
}

export interface Answer {
  readonly status: number | null;
  readonly document: AnyDocument;
  readonly stdout: string;
  readonly stderr: string;
}

/** One computer's Glassine. */
export interface Glassine {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** The words of a whole command, for those who start it themselves. */
  command(...args: readonly string[]): readonly [program: string, ...args: string[]];
  /** Runs a verb with `--json`. Whatever its status; throws when it does not answer with one document. */
  ask(...args: readonly string[]): Promise<Answer>;
  /** Runs a verb that must succeed. */
  must(...args: readonly string[]): Promise<AnyDocument>;
}

export function glassineAt(home: string): Glassine {
  const env = { GLASSINE_HOME: home };
  const glassine: Glassine = {
    home,
    env,
    command: (...args) => [process.execPath, mainScript, ...args],
    async ask(...args) {
      const { status, signal, stdout, stderr } = await run(
        process.execPath,
        [mainScript, ...args, '--json'],
        {
          env,
          limitMs: 300_000,
        },
      );
      const said = `glassine ${args.join(' ')}: status ${status ?? signal}\n${stdout}${stderr}`;
      if (status === null || status === 70) throw new Error(said);
      try {
        return { status, document: JSON.parse(stdout) as AnyDocument, stdout, stderr };
      } catch (error) {
        throw new Error(said, { cause: error });
      }
    },
    async must(...args) {
      const { status, document, stdout, stderr } = await glassine.ask(...args);
      if (status !== 0 || document.outcome !== 'good') {
        throw new Error(`glassine ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
      }
      return document;
    },
  };
  return glassine;
}

/** Codes of everything a document names as left or wrong, sorted, each once. */
export function codesOf(document: AnyDocument): string[] {
  const all = [
    ...(document.incomplete ?? []),
    ...(document.problems ?? []),
    ...(document.problem ? [document.problem] : []),
    ...(document.vaults ?? []).flatMap((vault) => [
      ...(vault.problem ? [vault.problem] : []),
      ...(vault.problems ?? []),
    ]),
  ];
  return [...new Set(all.map(({ code }) => code))].sort();
}

export interface Desk extends Glassine {
  /** The protected folder, `Photos`. */
  readonly source: string;
  /** The folder of the drive on which the vault lies. */
  readonly drive: string;
  readonly vault: string;
  /** Where the vault shows the newest versions of the source. */
  readonly pictures: string;
}

/**
 * A computer with a source `Photos` and a vault `Drive`, nothing kept yet. `drive` and `source` are made
 * where they
 * are not given; both can be anywhere, on any volume. The source gets a first file when it is empty.
 */
export async function desk(
  t: ExecutionContext,
  places: {
    readonly source?: string;
    readonly drive?: string;
    readonly fill?: (source: string) => Promise<unknown>;
  } = {},
): Promise<Desk> {
  const folder = await temporaryFolder(t);
  const source = places.source ?? path.join(folder, 'Photos');
  const drive = places.drive ?? path.join(folder, 'Drive');
  await mkdir(source, { recursive: true });
  await mkdir(drive, { recursive: true });
  await places.fill?.(source);
  const glassine = glassineAt(path.join(folder, 'home'));
  await glassine.must('source', 'add', source, '--name', 'Photos');
  await glassine.must('vault', 'add', drive, '--name', 'Drive');
  const vault = path.join(drive, 'Glassine');
  return { ...glassine, source, drive, vault, pictures: path.join(vault, 'Pictures', 'Photos') };
}
