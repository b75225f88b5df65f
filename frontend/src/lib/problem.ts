/** What went wrong, in words for the operator: an RFC 9457 problem object with our two additions. */
export interface Problem {
  title: string;
  detail: string;
  status: number;
  /** invalid, notFound, conflict, denied, unsupported, unavailable, internal; or unreachable when nothing answered. */
  kind: string;
  /** One thing that would help. */
  remedy?: string;
  errors?: { location?: string; message: string }[];
}

/** An answer that was a problem. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** The problem of anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "Something went wrong in this page", detail, status: 0, kind: "internal" };
}

/** The message about one field of a refused form, by the end of its location ("body.url"). */
export function fieldProblem(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.problem.errors?.find((each) => each.location?.split(".").at(-1) === field)?.message;
}
