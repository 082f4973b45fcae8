/** Answers that took long, kept for as long as nobody writes to the database: people ask again and again. */
import type Database from 'better-sqlite3';

export class Answers {
  readonly #database: Database.Database;
  readonly #ownChanges: Database.Statement<[], number>;
  readonly #answers = new Map<string, unknown>();
  #state = '';

  constructor(database: Database.Database) {
    this.#database = database;
    this.#ownChanges = database.prepare<[], number>('SELECT total_changes()').pluck();
  }

  /** What `ask` said of a question before, or says now. */
  of<T>(question: string, ask: () => T): T {
    // What is written in a transaction may yet be taken back, and no count tells of that.
    if (this.#database.inTransaction) return ask();
    this.#forgetChanged();
    if (this.#answers.has(question)) return this.#answers.get(question) as T;
    const answer = ask();
    // Asking may write, and others may have written meanwhile: it is kept only where all is as it was.
    const state = this.#state;
    this.#forgetChanged();
    if (state === this.#state) this.#answers.set(question, answer);
    return answer;
  }

  /** Whether a question is answered already, and nothing changed since. */
  has(question: string): boolean {
    this.#forgetChanged();
    return this.#answers.has(question);
  }

  #forgetChanged(): void {
    const others = this.#database.pragma('data_version', { simple: true }) as number;
    const state = `${String(others)} ${String(this.#ownChanges.get())}`;
    if (state === this.#state) return;
    this.#state = state;
    this.#answers.clear();
  }
}
