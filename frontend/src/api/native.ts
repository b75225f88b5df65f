/**
 * What only the window can do: five verbs, and none takes a path, a command or a query. In a browser each has the
 * nearest thing a browser can do.
 */
interface Verbs {
  PickFile(): Promise<PickedFile | null>;
  SaveExport(id: string): Promise<boolean>;
  Reveal(id: string): Promise<void>;
  OpenURL(url: string): Promise<void>;
  Notify(title: string, body: string): Promise<void>;
}

/** A small text file the operator chose, such as a CA certificate. */
export interface PickedFile {
  name: string;
  text: string;
}

declare global {
  interface Window {
    go?: { app?: { Native?: Verbs } };
  }
}

/** Whether this page runs in the window, told by its address alone. */
export function inWindow(location: Pick<Location, "protocol" | "hostname"> = window.location): boolean {
  return location.protocol === "wails:" || location.hostname === "wails.localhost";
}

function verbs(): Verbs | undefined {
  return inWindow() ? window.go?.app?.Native : undefined;
}

/** Lets the operator pick a text file; null when they changed their mind. */
export function pickFile(): Promise<PickedFile | null> {
  return verbs()?.PickFile() ?? pickInBrowser();
}

function pickInBrowser(): Promise<PickedFile | null> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.addEventListener("cancel", () => resolve(null));
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void file.text().then((text) => resolve({ name: file.name, text }));
      else resolve(null);
    });
    input.click();
  });
}

/** Saves a finished export where the operator wants it; false when they changed their mind. */
export async function saveExport(id: string): Promise<boolean> {
  const native = verbs();
  if (native) return native.SaveExport(id);
  const link = document.createElement("a");
  link.href = `/api/v1/exports/${encodeURIComponent(id)}/content`;
  link.download = "";
  link.click();
  return true;
}

/** Whether a saved export can be shown in the system's file manager. */
export function canReveal(): boolean {
  return verbs() !== undefined;
}

/** Shows a saved export in the system's file manager; in a browser nothing happens. */
export async function reveal(id: string): Promise<void> {
  await verbs()?.Reveal(id);
}

/** Opens an address outside the console, in the system's browser. */
export async function openURL(url: string): Promise<void> {
  const native = verbs();
  if (native) await native.OpenURL(url);
  else window.open(url, "_blank", "noopener,noreferrer");
}

/** Tells the operator something while they look elsewhere; in a browser only where they allowed it. */
export async function notify(title: string, body: string): Promise<void> {
  const native = verbs();
  if (native) await native.Notify(title, body);
  else if (typeof Notification !== "undefined" && Notification.permission === "granted")
    new Notification(title, { body });
}

/** Whether this page can save a short text as a file. The window cannot: it would write one without asking where. */
export function canSaveText(): boolean {
  return !inWindow();
}

/** Saves a short text as a file, by the browser. */
export function saveText(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = name;
  link.click();
}
