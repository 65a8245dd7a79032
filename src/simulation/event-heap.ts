/** Owns the order of events in a simulated day: a binary heap, earliest first. */

export interface Timed {
  readonly at: number;
}

export class EventHeap<T extends Timed> {
  readonly #events: T[] = [];

  peek(): T | undefined {
    return this.#events[0];
  }

  push(event: T): void {
    const events = this.#events;
    let hole = events.length;
    events.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = events[parent];
      if (above === undefined || above.at <= event.at) break;
      events[hole] = above;
      hole = parent;
    }
    events[hole] = event;
  }

  pop(): T | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      let below = events[child];
      if (below === undefined) break;
      const right = events[child + 1];
      if (right !== undefined && right.at < below.at) { child++; below = right; }
      if (below.at >= last.at) break;
      events[hole] = below;
      hole = child;
    }
    events[hole] = last;
    return first;
  }
}
