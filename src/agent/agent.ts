/**
 * The agent: it watches the sources, notices what comes and goes, and runs the passes that follow from it.
 */
import { GlassineError } from '../base/errors.js';
import type { Problem } from '../base/errors.js';
import type { Listener } from '../base/events.js';
import { isActive } from '../base/settings.js';
import type { SourceSetting, VaultSetting } from '../base/settings.js';
import { fromRfc3339 } from '../base/time.js';
import type { VolumeEvent, VolumeWatch } from '../base/volumes.js';
import { giveBackMemory } from '../platform/memory.js';
import { backup } from '../work/backup/backup.js';
import type { BackupReport } from '../work/backup/report.js';
import type { WorkDeps } from '../work/deps.js';
import type { ReceiptWords } from '../work/ingest/leave-receipts.js';
import { Binder, bindPlaces } from './binding.js';
import { CardsHere } from './cards-here.js';
import type { CardInReader } from './cards-here.js';
import { CatchingUp } from './catching-up.js';
import { untilResumed } from './config.js';
import type { Config } from './config.js';
import { placesSeen } from './devices-seen.js';
import { Heartbeat, longestBeatMs } from './heartbeat.js';
import type { Installation } from './installation.js';
import { PassSchedule } from './pass-schedule.js';
import type { PassScope } from './pass-schedule.js';
import { Presence, lookAtSource, lookAtVault } from './presence.js';
import { JobQueue } from './queue.js';
import { sumUp } from './summing-up.js';
import { Watching } from './watching.js';
import type { WatchFolder } from './watching.js';

/** What `status` and `doctor` want to know of a running agent. */
export interface AgentState {
  readonly paused: boolean;
  readonly running: string | undefined;
  readonly watchedFolders: number;
  readonly unwatchedFolders: number;
  /** What the last pass could not do. */
  readonly problems: readonly Problem[];
  readonly lastPassAt: number | undefined;
  /** Cards in their readers. */
  readonly cards: readonly CardInReader[];
}

export interface AgentOptions {
  readonly watchFolder: WatchFolder;
  /** Tells when volumes come and go; without it they are found by the clock alone. */
  readonly volumes?: VolumeWatch;
  /** Hears everything that the agent does by itself. */
  readonly listener: Listener;
  /** What the receipts of cards say that are copied by themselves. */
  readonly receiptWords: ReceiptWords;
}

export class Agent {
  readonly #installation: Installation;
  readonly #listener: Listener;
  readonly #queue = new JobQueue();
  readonly #schedule = new PassSchedule();
  readonly #sources = new Presence<SourceSetting>(lookAtSource);
  readonly #vaults = new Presence<VaultSetting>(lookAtVault);
  readonly #binder = new Binder();
  readonly #catchingUp = new CatchingUp();
  readonly #cards: CardsHere;
  readonly #volumes: VolumeWatch | undefined;
  readonly #watching: Watching;
  readonly #heartbeat = new Heartbeat(() => this.#beat());
  #settings: Config | undefined;
  #pass: Promise<void> | undefined;
  #restDue = true;
  #resting: Promise<void> | undefined;
  #isStopped = false;
  #problems: readonly Problem[] = [];
  #lastPassAt: number | undefined;

  constructor(installation: Installation, options: AgentOptions) {
    this.#installation = installation;
    this.#volumes = options.volumes;
    this.#listener = (news) => {
      if (news.kind === 'problem') installation.log.warn('problem', { problem: news.problem });
      options.listener(news);
    };
    this.#cards = new CardsHere({
      ...{ installation, words: options.receiptWords, listener: this.#listener },
      run: (job) => this.ask('ingest', job, { listener: this.#listener }),
      isPaused: () => this.#isPaused(),
    });
    this.#watching = new Watching({
      watchFolder: options.watchFolder,
      clock: installation.clock,
      quietMs: () => installation.config.current.quietSeconds * 1000,
      onFailure: (source, error) => this.#watchFailed(source, error),
      onReady: (source, handle) => {
        if (handle.unwatchedFolders > 0) this.#tellUnwatched(source, handle.unwatchedFolders);
      },
    });
  }

  /** Begins. Resolves when everything that is there has been noticed; the first pass follows by itself. */
  async start(): Promise<void> {
    await this.#volumes?.start((event) => this.#volumeMoved(event));
    await this.#beat();
    for (const volume of this.#volumes?.volumes ?? []) this.#cards.came(volume);
  }

  /** Stops what runs, ends every watch, and resolves when nothing moves any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#volumes?.stop();
    await this.#heartbeat.stop();
    this.#watching.stopAll();
    const cards = this.#cards.stop();
    await this.#queue.close();
    await Promise.all([this.#pass, cards, this.#resting]);
  }

  /** Runs a job that a person asked for; what the agent does by itself makes room for it. */
  ask<T>(
    name: string,
    job: (deps: WorkDeps) => Promise<T>,
    options: { listener: Listener; signal?: AbortSignal | undefined },
  ): Promise<T> {
    const run = (signal: AbortSignal): Promise<T> => job(this.#installation.deps(options.listener, signal));
    this.#restDue = true;
    return this.#queue.run(name, run, { kind: 'asked', signal: options.signal });
  }

  /** Something was set: it counts from the next beat on. */
  settingsChanged(): void {
    this.#heartbeat.hurry();
  }

  /** What lies on it is looked at next, and a drive that came gets what it lacks. */
  #volumeMoved({ kind, volume }: VolumeEvent): void {
    const { label, mountPoint, bus, fileSystem } = volume;
    this.#installation.log.info('volume', { kind, label, mountPoint, bus, fileSystem });
    this.#heartbeat.hurry();
    if (kind === 'appeared') this.#cards.came(volume);
    else this.#cards.went(volume);
  }

  state(): AgentState {
    return {
      paused: this.#isPaused(),
      running: this.#queue.running?.name,
      ...this.#watching.counts(),
      problems: this.#problems,
      lastPassAt: this.#lastPassAt,
      cards: this.#cards.now(),
    };
  }

  async #beat(): Promise<void> {
    try {
      await this.#lookAround();
      this.#cards.look();
      this.#beginPass();
      this.#rest();
    } catch (error) {
      // One beat that fails must not end protection: the next one comes.
      this.#tellFault(error);
    }
    const { clock } = this.#installation;
    const dueAt = this.#watching.nextDueAt();
    this.#heartbeat.schedule(dueAt === undefined ? longestBeatMs : dueAt - clock.now());
  }

  async #lookAround(): Promise<void> {
    const { config } = this.#installation;
    if ((await config.refresh()) && config.problem)
      this.#listener({ kind: 'problem', problem: config.problem });
    await this.#bind();
    if (config.current !== this.#settings) this.#followSettings(config.current);
    const [sources, vaults] = await Promise.all([
      this.#sources.look(config.current.sources),
      this.#vaults.look(config.current.vaults),
    ]);
    for (const id of sources.went) this.#sourceWent(id);
    for (const source of sources.came) this.#watching.start(source);
    for (const id of vaults.went) this.#tellVault(id, false);
    for (const vault of vaults.came) this.#tellVault(vault.id, true);
    const working = vaults.came.filter(isActive);
    if (sources.came.length + working.length > 0) this.#schedule.wantWhole();
  }

  /** Drives are used where they are now; one that is there twice is told, and not used. */
  async #bind(): Promise<void> {
    const before = this.#installation.refused;
    await bindPlaces(this.#installation, this.#binder, { write: true });
    for (const [id, problem] of this.#installation.refused) {
      if (JSON.stringify(before.get(id)) === JSON.stringify(problem)) continue;
      this.#listener({ kind: 'problem', problem });
    }
    if (before.size > this.#installation.refused.size) this.#schedule.wantWhole();
  }

  #followSettings(next: Config): void {
    const before = this.#settings;
    this.#settings = next;
    if (!before) return;
    for (const source of before.sources) {
      if (!next.sources.some((other) => other.id === source.id)) this.#watching.stop(source.id);
    }
    if (this.#isPaused()) this.#queue.stopAutomatic();
    const wasPaused = before.pausedUntil !== undefined && next.pausedUntil === undefined;
    const same =
      JSON.stringify([before.sources, before.vaults]) === JSON.stringify([next.sources, next.vaults]);
    if (wasPaused || !same) this.#schedule.wantWhole();
    for (const vault of next.vaults.filter(isActive)) {
      const earlier = before.vaults.find(({ id }) => id === vault.id);
      const isBack = earlier !== undefined && !isActive(earlier);
      if (isBack && this.#vaults.isPresent(vault.id)) this.#catchingUp.begin(vault.id);
    }
  }

  #sourceWent(id: string): void {
    this.#watching.stop(id);
    const source = this.#settings?.sources.find((setting) => setting.id === id);
    if (!source || this.#sources.isPresent(id)) return;
    this.#listener({ kind: 'problem', problem: { code: 'source-missing', subject: source.name } });
  }

  #tellVault(id: string, connected: boolean): void {
    const vault = this.#settings?.vaults.find((setting) => setting.id === id);
    if (vault) this.#listener({ kind: 'vault', name: vault.name, connected });
    if (vault && connected && isActive(vault)) this.#catchingUp.begin(id);
    else this.#catchingUp.drop(id);
  }

  #beginPass(): void {
    const { clock, config } = this.#installation;
    const now = clock.now();
    for (const [id, folders] of this.#watching.due(now)) this.#schedule.wantParts(id, folders);
    if (this.#pass || this.#isPaused() || !this.#watching.isReady(now)) return;
    if (config.current.sources.length === 0) return;
    const scope = this.#schedule.take(now, this.#reconcileMs());
    if (!scope) return;
    this.#pass = this.#runPass(scope).finally(() => {
      this.#pass = undefined;
      this.#restDue = true;
    });
  }

  /** Folders that cannot be watched are looked at by the clock: more often than those that can. */
  #reconcileMs(): number {
    const minutes = this.#installation.config.current.reconcileMinutes;
    return (this.#watching.counts().unwatchedFolders > 0 ? Math.min(minutes, 5) : minutes) * 60_000;
  }

  /** Some time after the last work: its answers are prepared, and what it needed is given back. */
  #rest(): void {
    if (!this.#restDue || this.#resting || !this.#isIdle()) return;
    this.#restDue = false;
    this.#resting = this.#sumUp(() => this.#isIdle()).finally(() => {
      this.#resting = undefined;
      if (this.#isIdle()) giveBackMemory();
    });
  }

  /** Nobody asked for it: what goes wrong is told to whoever asks, and to the next pass. */
  async #sumUp(goesOn: () => boolean): Promise<void> {
    try {
      await sumUp(this.#installation, goesOn);
    } catch (error) {
      this.#installation.log.warn('what changed could not be summed', { error: String(error) });
    }
  }

  #isIdle(): boolean {
    return !this.#isStopped && !this.#pass && !this.#queue.running;
  }

  async #runPass(scope: PassScope): Promise<void> {
    const { clock, config } = this.#installation;
    const { sources, vaults } = config.current;
    const connected = vaults.filter((vault) => isActive(vault) && this.#vaults.isPresent(vault.id));
    const only = scope.whole
      ? {}
      : { only: [...scope.parts].map(([sourceId, folders]) => ({ sourceId, folders })) };
    try {
      const job = (signal: AbortSignal): Promise<BackupReport> =>
        backup(this.#installation.deps(this.#listener, signal), { sources, vaults: connected, ...only });
      const report = await this.#queue.run('backup', job, { kind: 'automatic' });
      await this.#sumUp(() => !this.#isStopped);
      this.#passDone(scope, report);
      if (scope.whole) await this.#rememberPlaces(connected);
    } catch (error) {
      if (isStop(error)) {
        this.#schedule.putBack(scope);
        return;
      }
      this.#schedule.done(scope, clock.now(), true);
      await this.#passFailed(error);
    }
  }

  #passDone(scope: PassScope, report: BackupReport): void {
    const { clock, log } = this.#installation;
    const vaultProblems = report.vaults.flatMap((vault) => vault.problem ?? []);
    this.#problems = [...report.problems, ...vaultProblems, ...report.incomplete];
    this.#lastPassAt = clock.now();
    this.#schedule.done(scope, clock.now(), report.outcome !== 'good');
    const { outcome, kept, moved, retired, bytesRead, bytesCopied } = report;
    if (outcome !== 'good' || kept + moved + retired > 0) {
      log.info('pass', { outcome, kept, moved, retired, bytesRead, bytesCopied, whole: scope.whole });
    }
    this.#listener({ kind: 'pass', kept, moved, retired });
    for (const news of this.#catchingUp.after(report, this.#installation)) this.#listener(news);
    for (const problem of this.#problems) this.#listener({ kind: 'problem', problem });
  }

  /** What is asked of a drive while it is away was seen when it was here. */
  async #rememberPlaces(vaults: readonly VaultSetting[]): Promise<void> {
    const sources = this.#installation.config.current.sources.filter(({ id }) => this.#sources.isPresent(id));
    await placesSeen(this.#installation, [
      ...sources.map(({ id, root }) => ({ id, path: root })),
      ...vaults.map(({ id, folder }) => ({ id, path: folder })),
    ]);
  }

  async #passFailed(error: unknown): Promise<void> {
    if (error instanceof GlassineError && error.code === 'catalog-damaged') {
      await this.#installation.setCatalogAside();
      this.#schedule.wantWhole();
    }
    this.#tellFault(error);
  }

  #tellFault(error: unknown): void {
    const problem: Problem =
      error instanceof GlassineError ? error.problem : { code: 'fault', subject: String(error) };
    this.#installation.log.error('the agent goes on after an error', {
      error: String(error),
      stack: stackOf(error),
    });
    this.#problems = [problem];
    this.#listener({ kind: 'problem', problem });
  }

  #watchFailed(source: SourceSetting, error: unknown): void {
    const { log } = this.#installation;
    log.warn('a source cannot be watched', { source: source.name, error: String(error) });
    this.#listener({ kind: 'problem', problem: { code: 'watch-limit', subject: source.name } });
  }

  #tellUnwatched(source: SourceSetting, unwatchedFolders: number): void {
    const problem: Problem = { code: 'watch-limit', subject: source.name, facts: { unwatchedFolders } };
    this.#listener({ kind: 'problem', problem });
  }

  #isPaused(): boolean {
    const until = this.#installation.config.current.pausedUntil;
    if (until === undefined) return false;
    return until === untilResumed || (fromRfc3339(until) ?? 0) > this.#installation.clock.now();
  }
}

function isStop(error: unknown): boolean {
  if (error instanceof GlassineError) return error.code === 'stopped';
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR';
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
