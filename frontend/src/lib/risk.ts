export type Risk = "low" | "medium" | "high" | "critical";

/** The tone of a status that carries a risk: red is danger, amber a warning, grey the rest. */
export function riskTone(risk: Risk): "danger" | "warn" | "neutral" {
  if (risk === "critical" || risk === "high") return "danger";
  return risk === "medium" ? "warn" : "neutral";
}

/** The worst of several, the first of equals. */
export function worst<T extends { risk: Risk }>(items: readonly T[]): T | undefined {
  const order: Risk[] = ["critical", "high", "medium", "low"];
  for (const risk of order) {
    const found = items.find((item) => item.risk === risk);
    if (found) return found;
  }
  return undefined;
}
