import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";
import { fieldProblem, problemOf } from "../lib/problem";
import { api, dataOf, problemFrom } from "./client";
import { pagesOf } from "./pages";
import { refresh } from "./topics";

const answer = (body: unknown, status = 200, type = "application/json") =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": type },
  });

describe("the client", () => {
  it("asks below /api/v1 and hands out the data", async () => {
    const fetch = vi.spyOn(globalThis, "fetch").mockResolvedValue(answer([{ id: "9" }]));
    await expect(dataOf(api.GET("/sources"))).resolves.toEqual([{ id: "9" }]);
    const asked = fetch.mock.calls[0]?.[0] as Request;
    expect(new URL(asked.url).pathname).toBe("/api/v1/sources");
    fetch.mockRestore();
  });

  it("throws the problem it was answered", async () => {
    const body = {
      title: "Conflict",
      detail: "The run was released already.",
      kind: "conflict",
      remedy: "Look at the newest run.",
      errors: [{ location: "body.reason", message: "Say why." }],
    };
    const fetch = vi
      .spyOn(globalThis, "fetch")
      .mockResolvedValue(answer(body, 409, "application/problem+json"));
    const error = await dataOf(api.GET("/sources")).catch((caught: unknown) => caught);
    expect(problemOf(error)).toMatchObject({
      status: 409,
      kind: "conflict",
      remedy: "Look at the newest run.",
    });
    expect(fieldProblem(error, "reason")).toBe("Say why.");
    expect(fieldProblem(error, "name")).toBeUndefined();
    fetch.mockRestore();
  });

  it("says so when nothing answers", async () => {
    const fetch = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("Failed to fetch"));
    const error = await dataOf(api.GET("/sources")).catch((caught: unknown) => caught);
    expect(problemOf(error).kind).toBe("unreachable");
    fetch.mockRestore();
  });

  it("makes words of an answer that is no problem object", async () => {
    expect(await problemFrom(answer("<html>", 502, "text/html"))).toMatchObject({
      status: 502,
      kind: "internal",
      detail: "The server answered 502.",
    });
    expect((await problemFrom(answer("", 403))).kind).toBe("denied");
  });
});

it.each([
  [0, 21, [0]],
  [190, 230, [0, 1]],
  [999_900, 999_999, [4999]],
  [-8, -1, [0]],
])("rows %d to %d are on pages %j", (first, last, pages) => {
  expect(pagesOf(first, last)).toEqual(pages);
});

describe("notices", () => {
  const refreshed = (topics: string[] | undefined) => {
    const client = new QueryClient();
    const spy = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    refresh(client, topics);
    return spy.mock.calls.map(([filter]) => filter?.queryKey?.[0] ?? "everything");
  };

  it("refresh what their topic is about", () => {
    expect(refreshed(["events"])).toEqual(["events"]);
    expect(refreshed(["runs", "events"])).toEqual(["runs", "sources", "overview", "reviews", "events"]);
  });

  it("refresh everything for a topic that is not known here, and when they cannot say", () => {
    expect(refreshed(["events", "all"])).toEqual(["everything"]);
    expect(refreshed(undefined)).toEqual(["everything"]);
  });
});
