/**
 * What people read when something is wrong: one plain sentence for every code, the thing and the remedy in
 * it.
 */
import type { Problem, ProblemCode } from '../base/errors.js';
import { toRfc3339 } from '../base/time.js';
import { describeBytes, describeCount } from '../rules/people-times.js';
import { localTime, printable, quoted } from './words.js';

type Facts = NonNullable<Problem['facts']>;

/**
 * Makes a sentence of the thing concerned, ready for a terminal, and of facts about it, which may all be
 * missing.
 */
type Sentence = (thing: string, facts: Facts, problem: Problem) => string;

const sources = {
  'source-missing': (thing) =>
    `${thing} is not there right now; it waits, and nothing kept from it is given up.`,
  'source-empty': (thing) =>
    `${thing} is empty, although it was not before; everything kept of it stays as it is until there is ` +
    `a file in it again.`,
  'source-other-volume': (thing) =>
    `Another drive is mounted at ${thing}; it waits for its own drive, and nothing kept from it is given up.`,
  'source-unreadable': (thing) =>
    `${thing} cannot be read; check that you may open it. What is kept of it stays as it is.`,
  'source-unknown': (thing) => `There is no source called ${thing}; see: glassine source list`,
  'source-exists': (thing) => `${thing} is already protected; see: glassine source list`,
  'source-nested': (thing, facts) =>
    `${thing} and ${says(facts, 'other', 'another source')} lie one inside the other, so their files ` +
    `would be kept twice; protect the outer folder only.`,
  'source-holds-home': (thing) =>
    `${thing} holds Glassine's own history, which changes with everything that is kept; choose folders ` +
    `inside it.`,
  'source-continued-elsewhere': (thing, facts) =>
    `${thing} is kept by ${says(facts, 'computer', 'another installation')} now; to go on with it from ` +
    `here, adopt its vault: glassine vault adopt <folder>`,
  'many-removed': (thing, facts) =>
    `${thing} has suddenly lost ${number(facts['missing'], 'file', 'many files')}; what is kept of them ` +
    `stays in place until you have looked. If that is right, run: glassine backup --confirm-removals`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const files = {
  'file-unreadable': (thing) =>
    `${thing} cannot be read; check that you may open it, and that its disk is well.`,
  'file-changing': (thing) => `${thing} is still being written; it is kept as soon as it is quiet.`,
  'file-vanished': (thing) => `${thing} went away while it was read; the next pass looks again.`,
  'file-special': (thing) => `${thing} is not a file but a socket, pipe or device; such things are not kept.`,
  'file-path-too-long': (thing) => `${thing} has a name too long for the vault; shorten it or its folders.`,
  'file-too-large': (thing) =>
    `${thing} is larger than the file system of the vault can hold; use a vault formatted as exFAT or ` +
    `better.`,
  'file-changed-silently': (thing) =>
    `${thing} changed although its size and time did not, which looks like damage; the good version is ` +
    `kept, and you can have it back with: glassine restore`,
  'database-damaged': (thing) =>
    `${thing} is a photo program's catalog that is damaged; the last good version is kept. Open the ` +
    `program and let it repair the catalog.`,
  'database-busy': (thing) => `${thing} is being written by its program; it is kept as soon as it is quiet.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const vaults = {
  'vault-away': (thing) => `${thing} is not connected; plug it in and this goes on by itself.`,
  'vault-no-marker': (thing) =>
    `${thing} is not a vault: there is no vault.json in it, so nothing is written there. If its drive is ` +
    `away, plug it in; if you want a vault there, run: glassine vault add ${quoted(thing)}`,
  'vault-other': (thing) =>
    `At ${thing} there is another vault than the one expected; nothing is written there. Plug in the ` +
    `right drive.`,
  'vault-cloned': (thing, facts) =>
    facts['folder'] === undefined
      ? `A copy of ${thing} on another drive is at ${says(facts, 'other', 'another place')}; nothing is ` +
        `written there. Unplug it, or, if ${thing} lives on that drive from now on, run: glassine vault ` +
        `adopt <that folder>`
      : `${thing} is there twice, at ${says(facts, 'folder', 'one place')} and at ` +
        `${says(facts, 'other', 'another')}: one is a copy of the other, so nothing is written to either. ` +
        `Unplug the copy.`,
  'vault-exists': (thing) => `${thing} is already one of your vaults; see: glassine vault list`,
  'vault-unknown': (thing) => `There is no vault called ${thing}; see: glassine vault list`,
  'vault-not-adopted': (thing) =>
    `${thing} is a vault this computer has not seen before; to use it here, run: glassine vault adopt ` +
    quoted(thing),
  'vault-newer': (thing) =>
    `${thing} was written by a newer Glassine, so it is left alone; update Glassine on this computer.`,
  'vault-full': (thing, facts) =>
    `${thing} is full${bytes(facts, 'neededBytes', (needed) => `: ${needed} more are needed`)}; what ` +
    `fitted is kept. Make room, thin it with glassine retain, or add another vault.`,
  'vault-read-only': (thing) => `${thing} cannot be written; check the drive's lock, and how it is mounted.`,
  'vault-io': (thing) =>
    `${thing} stopped answering in the middle; nothing kept is lost. Plug it in again; if this comes ` +
    `back, replace its cable or the drive.`,
  'vault-lies': (thing) =>
    `${thing} gave back other bytes than were written to it, twice; nothing was kept there. Do not trust ` +
    `this drive.`,
  'vault-inside-source': (thing, facts) =>
    `The vault ${thing} and ${said(facts, 'source', (name) => `the source ${name}`) || 'a source'} lie ` +
    `one inside the other, so the vault would keep itself; choose a folder outside.`,
  'vault-unsupported': (thing) =>
    `${thing} is a kind of vault that this version cannot use yet; choose a folder on a drive.`,
  'ledger-damaged': (thing) =>
    `The ledger of ${thing} is damaged; what is sound is read, and nothing is written over it. To make ` +
    `it whole from the files themselves, run: glassine vault rebuild <vault>`,
  'ledger-missing-segment': (thing) =>
    `A part of the ledger of ${thing} is missing; what is sound is read, and nothing is written over it. ` +
    `To make it whole from the files themselves, run: glassine vault rebuild <vault>`,
  'ledger-behind': (thing) =>
    `The ledger of ${thing} is older than this computer remembers, as after putting back an old copy of ` +
    `the drive; nothing is written over it. To go on from what is there, run: glassine vault rebuild ` +
    `<vault>`,
  'ledger-newer': (thing) =>
    `The ledger of ${thing} was written by a newer Glassine; what is understood is read. Update Glassine ` +
    `here.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const volumes = {
  'volume-unknown': (thing, facts) =>
    `There is no volume called ${thing} among those that are ` +
    `mounted${said(facts, 'known', (names) => ` (${names})`)}. Name it by its label, the folder it is ` +
    `mounted at, or the vault on it.`,
  'volume-ambiguous': (thing, facts) =>
    `${thing} can be more than one drive${said(facts, 'places', (places) => ` (${places})`)}; name the ` +
    `folder it is mounted at.`,
  'volume-system': (thing) => `${thing} is on this computer's own disk, which cannot be unplugged.`,
  'volume-busy': (thing, facts) =>
    `${thing} is still used by ${says(facts, 'users', 'another program')}; close that and try again. Do ` +
    `not unplug it yet.`,
  'volume-held': (thing, _facts, { detail }) =>
    `The system does not let go of ${thing}${detail ? ` (${printable(detail)})` : ''}, and nobody is seen ` +
    `who uses it; try again, or shut the computer down before you unplug it.`,
  'volume-gone': (thing) =>
    `${thing} does not answer any more, as if it was unplugged; what was not written yet is kept when it ` +
    `is back.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const copies = {
  'copy-mismatch': (thing) =>
    `The copy ${thing} no longer holds what was kept; a restore takes another copy where there is one. ` +
    `Suspect the drive.`,
  'copy-missing': (thing) =>
    `The copy ${thing} is gone from its vault, although nothing here removed it; a restore takes another ` +
    `copy where there is one.`,
  'copy-unreadable': (thing) =>
    `The copy ${thing} cannot be read; a restore takes another copy where there is one. Suspect the drive.`,
  'no-good-copy': (thing, facts) =>
    `No good copy of ${thing} is connected; ` +
    `${said(facts, 'vaults', (names) => `plug in ${names}`) || 'plug in the drive that has one'} and ` +
    `try again.`,
  'alarm-open': (thing) =>
    `Nothing is deleted while something is wrong with ${thing}; see what it is with: glassine status`,
  'no-vault': (thing) =>
    `Nothing keeps ${thing} yet; plug in a drive and run: glassine vault add <folder on the drive>`,
  'one-device-only': (thing) =>
    `${thing} is only on one device, so its loss would be the loss of everything; add a vault on another ` +
    `drive: glassine vault add <folder on the drive>`,
  'unprotected-too-long': (thing, facts) =>
    `Too long in no vault: ${number(facts['files'], 'file', 'some files')} of ${thing}; connect a vault ` +
    `and run: glassine backup`,
  'vault-due': (thing, facts) =>
    `${thing}${said(facts, 'place', (place) => ` (${place})`)} ${wasDue(facts)}; bring it and plug it in.`,
  'rotation-due': (thing, facts) =>
    `None of the drives that take turns in ${thing} has been seen in time` +
    `${said(facts, 'vaults', (names) => `: ${names}`)}; bring one and plug it in.`,
  'path-unknown': (thing) =>
    `Nothing is known of ${thing}; name a path inside a source, or look for it with: glassine find <words>`,
  'path-outside': (thing) => `${thing} is not inside any protected folder; see: glassine source list`,
  'target-exists': (thing) =>
    `${thing} is there already and was left alone; restore to an empty folder, or add --overwrite.`,
  'target-unwritable': (thing) => `${thing} cannot be written; choose a folder of your own with enough room.`,
  'time-unreadable': (thing, facts) =>
    `"${thing}" is not a time; write it as one of: ${says(facts, 'allowed', '2026-11-21, yesterday 18:00')}.`,
  'rule-unreadable': (thing, facts) =>
    `"${thing}" is not a retention rule; write it as ${says(facts, 'allowed', '"for ever"')}.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const cards = {
  'card-gone': (thing) =>
    `The card at ${thing} is not there any more; what was copied is whole. Put it in again and repeat the ` +
    `command: it goes on where it was.`,
  'card-unlike': (thing) =>
    `${thing} does not look like a camera's card; to copy it all the same, add --any-folder.`,
  'card-unknown': (thing) => `No card called ${thing} was seen; see: glassine cards`,
  'card-ambiguous': (thing, facts) =>
    `More than one card is called ${thing}; say which by its number: ${says(facts, 'volumes', 'see glassine cards')}`,
  'card-unreadable': (thing, facts) =>
    `${thing} cannot be read; the card or its reader may be failing. Do not format the card; try ` +
    `another reader.${savedInPart(facts)}`,
  'card-reads-differ': (thing) =>
    `${thing} gave other bytes when it was read again, so no copy of it is kept; try another reader, ` +
    `and do not format the card.`,
  'card-not-safe': (thing, facts) => `The card ${thing}: ${says(facts, 'verdict', 'do not format it yet.')}`,
  'no-destination': (thing) => `Say where ${thing} is to be copied to, best twice: --to <folder>`,
  'destination-away': (thing) =>
    `The drive of ${thing} is not connected; connect it, and what is missing there is copied while the card ` +
    `is in its reader.`,
  'destination-full': (thing) =>
    `${thing} is full; what fitted is there and whole. Make room and repeat the command: it goes on where ` +
    `it was.`,
  'destination-lies': (thing) =>
    `${thing} gave back other bytes than were written to it, twice; do not trust this drive.`,
  'destination-unreadable': (thing) =>
    `${thing} does not give back all that was copied to it, so what was to be copied on from there is ` +
    `missing. Put the card in again and repeat the command: it goes on where it was.`,
  'destination-on-card': (thing) => `${thing} lies on the card itself; choose a folder on another drive.`,
  'destination-twice': (thing) => `${thing} is named twice as a destination; name each folder once.`,
  'template-unreadable': (thing, facts) =>
    `"${thing}" is no template for names: ${says(facts, 'fault', 'it cannot be read')}. Write it like ` +
    `{date}/{camera}_{counter}`,
  'job-unknown': (thing) => `No card was copied under the job ${thing}; see: glassine cards`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const receipts = {
  'folder-unreadable': (thing) =>
    `${thing} is no folder that can be read; check its name, and that you may open it.`,
  'receipt-missing': (thing) =>
    `There is no receipt in ${thing}: no ascmhl folder, no .mhl file and no list of b3sum. Nothing was checked.`,
  'receipt-damaged': (thing, _facts, { detail }) =>
    `The receipt ${thing} is damaged${detail ? ` (${printable(detail)})` : ''}; get it again from whoever wrote ` +
    `it, and do not trust this folder until then.`,
  'receipt-mismatch': (thing, facts) =>
    `${thing} is not what ${says(facts, 'receipt', 'its receipt')} says; get it again from another copy.`,
  'receipt-file-missing': (thing, facts) =>
    `${thing} is missing, although ${says(facts, 'receipt', 'its receipt')} names it; get it from another copy.`,
  'receipt-file-new': (thing) => `${thing} is in no receipt, so nothing is known of it; it was not checked.`,
  'receipt-not-covered': (thing, facts) =>
    `${thing} was not covered: ${says(facts, 'why', 'it could not be')}.`,
  'receipt-cannot-name': (thing, _facts, { detail }) =>
    `${thing} is not in what other programs read of the receipt, because of ` +
    `${detail ? printable(detail) : 'its name'}; the readable page names it.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

const installation = {
  'catalog-newer': (thing) => `The history in ${thing} was made by a newer Glassine; update Glassine here.`,
  'catalog-damaged': (thing) =>
    `The history in ${thing} is damaged; it is set aside and made again from the vaults, and no picture ` +
    `is concerned.`,
  'catalog-busy': (thing) => `The history in ${thing} is in use by another program; try again in a moment.`,
  'config-invalid': (thing, facts, { detail }) => {
    const value = facts['value'];
    if (value === undefined) return `The configuration cannot be read: ${thing} (${detail ?? 'unknown'}).`;
    const found = value === 'nothing' ? 'is missing' : `is ${printable(String(value))}`;
    const because = detail ? ` (${printable(detail)})` : '';
    return (
      `In the configuration, ${thing} ${found}${because}; it must be ` +
      `${says(facts, 'allowed', 'something else')}.`
    );
  },
  'agent-running': (_thing, facts) =>
    `Another glassine is at work ` +
    `here${said(facts, 'verb', (verb) => ` (${verb}, process ${facts['pid']})`)}; try again when it is ` +
    `done.`,
  'agent-unreachable': (thing) =>
    `The running agent does not answer at ${thing}; stop it and start it again with: glassine run`,
  'home-unwritable': (thing, _facts, { detail }) =>
    `${thing} cannot be written${detail ? ` (${detail})` : ''}; check its rights and the free space.`,
  'not-supported-here': (thing) => `${thing} is not possible on this system.`,
  'watch-limit': (thing, facts) =>
    `The system lets too few folders be watched: ` +
    `${number(facts['unwatchedFolders'], 'folder', 'some folders')} of ${thing} are looked at by the ` +
    `clock instead. To raise the limit: sudo sysctl fs.inotify.max_user_watches=1048576`,
  usage: (thing) => thing,
  stopped: (thing) => `${thing} was stopped; the next pass does what is left.`,
  fault: (thing) => `Something is wrong in Glassine itself: ${thing}. The log says more.`,
} satisfies Partial<Record<ProblemCode, Sentence>>;

/** Does not compile while a code has no sentence. */
const sentences = {
  ...sources,
  ...files,
  ...vaults,
  ...volumes,
  ...copies,
  ...cards,
  ...receipts,
  ...installation,
} satisfies Record<ProblemCode, Sentence>;

/** The sentence for a problem. */
export function sentenceFor(problem: Problem): string {
  const sentence: Sentence = sentences[problem.code];
  return sentence(printable(problem.subject), problem.facts ?? {}, problem);
}

/** For what nobody foresaw. */
export function faultSentence(message: string, logFile: string): string {
  return `Something is wrong in Glassine itself: ${printable(message)}. Details are in ${logFile}`;
}

function says(facts: Facts, fact: string, otherwise: string): string {
  const value = facts[fact];
  return value === undefined ? otherwise : printable(String(value));
}

/** A part of a sentence that is only there when the fact is. */
function said(facts: Facts, fact: string, part: (value: string) => string): string {
  const value = facts[fact];
  return value === undefined ? '' : part(printable(String(value)));
}

/** Since when a drive is expected, to the day. */
function wasDue({ dueAt }: Facts): string {
  if (typeof dueAt !== 'number') return 'has not been seen for longer than planned';
  return `was due back on ${localTime(toRfc3339(dueAt)).slice(0, 10)}`;
}

function bytes(facts: Facts, fact: string, part: (value: string) => string): string {
  const value = facts[fact];
  return typeof value === 'number' ? part(describeBytes(value)) : '';
}

/** What became of a file that could be read in part. */
function savedInPart(facts: Facts): string {
  const gaveUp = said(
    facts,
    'gaveUpAfter',
    (reads) => ` Nothing more was tried when ${reads} reads had failed.`,
  );
  const saved = said(
    facts,
    'savedAs',
    (place) =>
      ` What could be read of it is in ${place}, which is no copy: ` +
      bytes(facts, 'missingBytes', (size) => `${size} of it are zeros`) +
      `${said(facts, 'missing', (ranges) => (ranges === '' ? '' : ` (bytes ${ranges})`))}.`,
  );
  return saved + gaveUp;
}

/** So many files or folders, where the number is known. */
function number(value: string | number | undefined, one: string, otherwise: string): string {
  return typeof value === 'number' ? describeCount(value, one) : otherwise;
}
