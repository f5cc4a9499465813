/** Turns of the event loop: how often timers and sockets had theirs. */
export interface TurnCounter extends Disposable {
  readonly turns: number;
}

export function countTurns(): TurnCounter {
  let turns = 0;
  let isOver = false;
  function tick(): void {
    turns += 1;
    if (!isOver) setImmediate(tick);
  }
  setImmediate(tick);
  return {
    get turns() {
      return turns;
    },
    [Symbol.dispose]() {
      isOver = true;
    },
  };
}
