/** Stopping one thing of several that a person's stop ends all of. */

export interface OwnStop {
  /** Goes off with the outer signal, or when {@link OwnStop.stop} is called. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
  /** Lets go of the outer signal, once there is nothing left to stop. */
  readonly release: () => void;
}

/** A signal of its own for a part of what `outer` stops. */
export function ownStop(outer: AbortSignal | undefined): OwnStop {
  const own = new AbortController();
  const follow = (): void => {
    own.abort(outer?.reason);
  };
  outer?.addEventListener('abort', follow);
  if (outer?.aborted) follow();
  return {
    signal: own.signal,
    stop() {
      own.abort();
    },
    release() {
      outer?.removeEventListener('abort', follow);
    },
  };
}
