/** Recovery codes, numbered so that they can be crossed out. */
export function CodeList({ codes }: { codes: string[] }) {
  return (
    <ol className="codes" aria-label="Recovery codes">
      {codes.map((code) => (
        <li key={code}>{code}</li>
      ))}
    </ol>
  );
}

/** Recovery codes as a text to keep, which says what they are. */
export function codesText(codes: string[], name: string): string {
  const lines = codes.map((code, at) => `${String(at + 1).padStart(2)}  ${code}`);
  return [`Recovery codes of ${name} for calls to the help desk. Each works once.`, "", ...lines, ""].join(
    "\n",
  );
}
