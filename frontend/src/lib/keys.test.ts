import { beforeEach, describe, expect, it, vi } from "vitest";
import { KeyMap, type KeyPress } from "./keys";

let map: KeyMap;
beforeEach(() => {
  map = new KeyMap();
});

function press(
  key: string,
  more: Partial<KeyPress> = {},
): KeyPress & { preventDefault: ReturnType<typeof vi.fn> } {
  return {
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    target: document.body,
    defaultPrevented: false,
    preventDefault: vi.fn(),
    ...more,
  } as KeyPress & { preventDefault: ReturnType<typeof vi.fn> };
}

const key = (name: string, run = vi.fn()) => ({ key: name, label: name, scope: "Everywhere", run });

describe("the key map", () => {
  it("runs the key and takes the event", () => {
    const search = key("/");
    map.register(search);
    const event = press("/");
    expect(map.press(event)).toBe(true);
    expect(search.run).toHaveBeenCalledOnce();
    expect(event.preventDefault).toHaveBeenCalledOnce();
  });

  it("leaves single characters to a field that has the focus, and chords to the console", () => {
    const letter = key("f");
    const chord = key("Ctrl+k");
    map.register(letter);
    map.register(chord);
    const target = document.createElement("input");
    expect(map.press(press("f", { target }))).toBe(false);
    expect(map.press(press("k", { target, ctrlKey: true }))).toBe(true);
    expect(map.press(press("K", { target, metaKey: true }))).toBe(true);
    expect(letter.run).not.toHaveBeenCalled();
    expect(chord.run).toHaveBeenCalledTimes(2);
  });

  it("leaves every key to a dialog or menu that lies over the page", () => {
    map.register(key("Escape"));
    map.register(key("f"));
    for (const role of ["dialog", "menu"]) {
      const overlay = document.createElement("div");
      overlay.setAttribute("role", role);
      const target = overlay.appendChild(document.createElement("button"));
      expect(map.press(press("Escape", { target }))).toBe(false);
      expect(map.press(press("f", { target }))).toBe(false);
    }
  });

  it("acts on a check box as on a page", () => {
    map.register(key("f"));
    const target = document.createElement("input");
    target.type = "checkbox";
    expect(map.press(press("f", { target }))).toBe(true);
  });

  it("is silent for single characters when the operator turned them off", () => {
    map.register(key("?"));
    map.register(key("F6"));
    map.letters = false;
    expect(map.press(press("?"))).toBe(false);
    expect(map.press(press("F6"))).toBe(true);
  });

  it("prefers the key registered last and gives it back", () => {
    const page = key("Escape");
    const dialog = key("Escape");
    map.register(page);
    const remove = map.register(dialog);
    map.press(press("Escape"));
    remove();
    map.press(press("Escape"));
    expect(dialog.run).toHaveBeenCalledOnce();
    expect(page.run).toHaveBeenCalledOnce();
  });

  it("acts once while a key is held down; arrows walk on", () => {
    const keep = key("k");
    const down = key("ArrowDown");
    map.register(keep);
    map.register(down);
    for (const repeat of [false, true, true]) {
      expect(map.press(press("k", { repeat }))).toBe(true);
      map.press(press("ArrowDown", { repeat }));
    }
    expect(keep.run).toHaveBeenCalledOnce();
    expect(down.run).toHaveBeenCalledTimes(3);
  });

  it("leaves an event alone that was handled already, or that no key fits", () => {
    map.register(key("f"));
    expect(map.press(press("f", { defaultPrevented: true }))).toBe(false);
    expect(map.press(press("g"))).toBe(false);
    expect(map.press(press("f", { altKey: true }))).toBe(false);
  });
});
