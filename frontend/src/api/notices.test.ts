import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff, type Connection, listenForNotices, type Notice, type NoticesOptions } from "./notices";

// A server that answers when the test says so.
function fakeServer() {
  const waiting: { after: unknown; answer(notice: Notice): void; fail(error: Error): void }[] = [];
  return {
    waiting,
    poll: (after: unknown) =>
      new Promise<Notice>((resolve, reject) => waiting.push({ after, answer: resolve, fail: reject })),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

function listen(more: Partial<NoticesOptions> & Pick<NoticesOptions, "poll">) {
  const topics: (string[] | undefined)[] = [];
  const connections: Connection[] = [];
  listenForNotices(
    {
      onTopics: (each) => topics.push(each),
      onConnection: (each) => connections.push(each),
      isEnd: (error) => (error as Error).message === "ended",
      sleep: settle as () => Promise<void>,
      ...more,
    },
    stop.signal,
  );
  return { topics, connections };
}

async function next(server: ReturnType<typeof fakeServer>) {
  await vi.waitFor(() => expect(server.waiting).not.toEqual([]));
  const call = server.waiting.shift();
  if (!call) throw new Error("nobody asks");
  return call;
}

describe("one tab", () => {
  it("takes its position first and then hears topics", async () => {
    const server = fakeServer();
    const heard = listen(server);
    const first = await next(server);
    expect(first.after).toBeUndefined();
    first.answer({ epoch: "a", seq: 7, topics: ["all"] });
    const second = await next(server);
    expect(second.after).toMatchObject({ epoch: "a", seq: 7 });
    expect(heard.topics).toEqual([]);
    second.answer({ epoch: "a", seq: 8, topics: ["runs"] });
    await next(server);
    expect(heard.topics).toEqual([["runs"]]);
  });

  it("reads everything again in a new epoch", async () => {
    const server = fakeServer();
    const heard = listen(server);
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    (await next(server)).answer({ epoch: "b", seq: 1, topics: ["runs"] });
    await next(server);
    expect(heard.topics).toEqual([undefined]);
  });

  it("says nothing when a wait ends without news", async () => {
    const server = fakeServer();
    const heard = listen(server);
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    await next(server);
    expect(heard.topics).toEqual([]);
  });

  it("shows the second failure in a row as lost, and the return", async () => {
    const server = fakeServer();
    const heard = listen(server);
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    (await next(server)).fail(new Error("down"));
    const again = await next(server);
    expect(heard.connections).toEqual([]);
    again.fail(new Error("down"));
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    await next(server);
    expect(heard.connections).toEqual(["lost", "ok"]);
  });

  it("shows the end of a session at once", async () => {
    const server = fakeServer();
    const heard = listen(server);
    (await next(server)).fail(new Error("ended"));
    await next(server);
    expect(heard.connections).toEqual(["ended"]);
  });

  it("asks no more once it is stopped", async () => {
    const server = fakeServer();
    listen(server);
    const first = await next(server);
    stop.abort();
    first.answer({ epoch: "a", seq: 1, topics: [] });
    await settle();
    expect(server.waiting).toEqual([]);
  });
});

describe("several tabs", () => {
  // One lock, held until its work is done or its tab is closed.
  function fakeLocks() {
    let tail: Promise<unknown> = Promise.resolve();
    return {
      request: (_name: string, options: { signal: AbortSignal }, work: () => Promise<void>) => {
        const before = tail;
        tail = before.then(() => (options.signal.aborted ? undefined : work()));
        return tail;
      },
    } as unknown as LockManager;
  }

  it("ask once and share", async () => {
    const server = fakeServer();
    const locks = fakeLocks();
    const [one, two] = [new BroadcastChannel("notices-test"), new BroadcastChannel("notices-test")];
    const leader = listen({ ...server, locks, channel: one });
    const follower = listen({ ...server, locks, channel: two });
    (await next(server)).answer({ epoch: "a", seq: 7, topics: [] });
    const second = await next(server);
    expect(server.waiting).toEqual([]); // one question for two tabs
    second.answer({ epoch: "a", seq: 8, topics: ["groups"] });
    const third = await next(server);
    await vi.waitFor(() => expect(follower.topics).toEqual([["groups"]]));
    expect(leader.topics).toEqual([["groups"]]);
    const three = new BroadcastChannel("notices-test");
    const late = listen({ ...server, locks, channel: three });
    third.answer({ epoch: "a", seq: 9, topics: ["runs"] });
    await next(server);
    await vi.waitFor(() => expect(late.topics).toEqual([["runs"]])); // the first it hears is news
    three.close();
    one.close();
    two.close();
  });
});

it("waits longer after each failure, to 15 seconds", () => {
  expect([1, 2, 3, 4, 5, 20].map(backoff)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});
