const caps: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
};

/** Key caps for a key of the key map, such as "Ctrl+k" or "Escape". */
export function Kbd({ keys }: { keys: string }) {
  const text = keys
    .split("+")
    .map((key) => caps[key] ?? (key.length === 1 ? key.toUpperCase() : key))
    .join(" ");
  return <kbd>{text}</kbd>;
}
