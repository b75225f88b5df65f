/**
 * Notices tell that something changed and nothing more; whoever hears one reads again. One tab of a browser asks
 * the server and tells the others; where tabs cannot agree on one, each asks for itself.
 */
export interface Notice {
  epoch: string;
  seq: number;
  topics: string[];
}

/** `lost`: nothing answers. `ended`: the session is over. */
export type Connection = "ok" | "lost" | "ended";

type Message = { notice: Notice } | { connection: Connection };

export interface NoticesOptions {
  /** Asks the server; answers when there is news or the wait is over. */
  poll(after: { epoch: string; seq: number } | undefined, signal: AbortSignal): Promise<Notice>;
  /** Topics that changed; undefined means anything may have. */
  onTopics(topics: string[] | undefined): void;
  onConnection(connection: Connection): void;
  /** Whether a failed poll means that the session is over. */
  isEnd(error: unknown): boolean;
  /** Replaced in tests. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
  channel?: BroadcastChannel | undefined;
  locks?: LockManager | undefined;
}

/** Pause before asking again after n failures: 1, 2, 4, 8, 15, 15, ... seconds. */
export function backoff(failures: number): number {
  return Math.min(15_000, 1000 * 2 ** (failures - 1));
}

const lockName = "gatehouse-notices";

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Listens until the signal aborts. */
export function listenForNotices(options: NoticesOptions, signal: AbortSignal): void {
  const { channel, locks, sleep = pause } = options;
  let last: Notice | undefined;
  let connection: Connection = "ok";

  const heard = (notice: Notice) => {
    const before = last;
    last = notice;
    if (!before) return; // the position to listen from; what is on the page was read just now
    if (before.epoch !== notice.epoch) options.onTopics(undefined);
    else if (notice.seq > before.seq && notice.topics.length > 0) options.onTopics(notice.topics);
  };
  const became = (next: Connection) => {
    if (next === connection) return;
    connection = next;
    options.onConnection(next);
  };
  const tell = (message: Message) => channel?.postMessage(message);

  if (channel) {
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      // A tab that has not asked itself yet has no position; what it is told is news all the same.
      if ("notice" in data && !last) {
        last = data.notice;
        options.onTopics(last.topics);
      } else if ("notice" in data) heard(data.notice);
      else became(data.connection);
    };
  }

  const ask = async () => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const notice = await options.poll(last, signal);
        if (failures > 0 || connection !== "ok") tell({ connection: "ok" });
        failures = 0;
        became("ok");
        const news = last && (notice.seq !== last.seq || notice.epoch !== last.epoch);
        heard(notice);
        if (news) tell({ notice });
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        const next = options.isEnd(error) ? "ended" : "lost";
        // One failure may be a restart between two waits; the second in a row is shown.
        if (failures > 1 || next === "ended") {
          became(next);
          tell({ connection: next });
        }
        await sleep(backoff(failures), signal);
      }
    }
  };

  if (channel && locks) locks.request(lockName, { signal }, ask).catch(() => {});
  else void ask();
}
