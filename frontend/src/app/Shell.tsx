import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useSearch } from "@tanstack/react-router";
import { Fragment, useEffect, useRef, useState } from "react";
import { api, dataOf } from "../api/client";
import { type Connection, listenForNotices } from "../api/notices";
import { refresh } from "../api/topics";
import { keyMap, useKey } from "../lib/keys";
import { PastContext, pastParam, showPast } from "../lib/past";
import { ApiError } from "../lib/problem";
import { ConnectionBand } from "./ConnectionBand";
import { KeyHelp } from "./KeyHelp";
import { Palette } from "./Palette";
import { PastBand } from "./PastBand";
import { Sidebar } from "./Sidebar";
import { TopBar } from "./TopBar";

/** Moves the focus to the next pane of the page. */
export function nextPane(from: Element | null, back = false): HTMLElement | undefined {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")];
  const at = panes.findLastIndex((pane) => pane.contains(from));
  const next = panes[(at + (back ? -1 : 1) + panes.length) % panes.length];
  if (!next) return undefined;
  const inside =
    next.tabIndex >= 0
      ? next
      : (next.querySelector<HTMLElement>("[aria-current]") ??
        next.querySelector<HTMLElement>("button, [tabindex='0'], a[href]"));
  (inside ?? next).focus();
  return inside ?? next;
}

function useConnection(): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>("ok");
  useEffect(() => {
    const stop = new AbortController();
    const channel =
      typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("gatehouse-notices");
    listenForNotices(
      {
        poll: (last, signal) =>
          dataOf(
            api.GET("/notices", {
              signal,
              params: { query: last ? { after: last.seq, epoch: last.epoch, wait: "20s" } : { wait: "0s" } },
            }),
          ),
        onTopics: (topics) => refresh(client, topics),
        onConnection: (next) => {
          setConnection(next);
          if (next === "ok") refresh(client, undefined);
        },
        isEnd: (error) => error instanceof ApiError && error.problem.status === 401,
        channel,
        locks: navigator.locks,
      },
      stop.signal,
    );
    return () => {
      stop.abort();
      channel?.close();
    };
  }, [client]);
  return connection;
}

/** What stands around every page. */
export function Shell() {
  const connection = useConnection();
  const { pathname } = useLocation();
  const { [pastParam]: at } = useSearch({ strict: false }) as { [pastParam]?: unknown };
  const past = typeof at === "string" && at !== "" ? at : undefined;
  showPast(past);
  const [open, setOpen] = useState<"palette" | "keys" | undefined>();
  const close = () => setOpen(undefined);
  useEffect(() => {
    const press = (event: KeyboardEvent) => void keyMap.press(event);
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  useKey("/", "Search", "Everywhere", () => setOpen("palette"));
  useKey("Ctrl+k", "Commands", "Everywhere", () => setOpen("palette"));
  useKey("?", "All keys", "Everywhere", () => setOpen("keys"));
  useKey("F6", "Next pane", "Everywhere", () => nextPane(document.activeElement));
  const main = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes what lies over the last one
  useEffect(() => {
    setOpen(undefined);
    // What had the focus may be gone with the last page; the keyboard goes on from here.
    if (document.activeElement === document.body) main.current?.focus();
  }, [pathname]);
  return (
    <PastContext value={past}>
      <div className="app">
        <Sidebar />
        <TopBar
          onSearch={() => setOpen("palette")}
          onCommands={() => setOpen("palette")}
          onKeys={() => setOpen("keys")}
        />
        <main ref={main} className="main" tabIndex={-1}>
          <ConnectionBand connection={connection} />
          <PastBand />
          {/* Another moment is another page: nothing of the one before stays on it. */}
          <Fragment key={past ?? "now"}>
            <Outlet />
          </Fragment>
        </main>
        <Palette opened={open === "palette"} onClose={close} />
        <KeyHelp opened={open === "keys"} onClose={close} />
      </div>
    </PastContext>
  );
}
