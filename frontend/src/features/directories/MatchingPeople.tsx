import type { Schema } from "../../api/client";
import { plural } from "../../lib/number";
import { Button } from "../../ui/Button";
import { CheckField } from "../../ui/Field";
import { Section } from "../../ui/Page";
import type { Rules } from "./queries";

/** What else speaks for a match, and what decided cases teach. Without onChange it can only be read. */
export function MatchingPeople({
  rules,
  data,
  onChange,
}: {
  rules: Rules;
  data: Schema<"Correlation">;
  onChange?(next: Rules): void;
}) {
  return (
    <Section title="This directory and its people">
      <div className="pad first stack">
        <CheckField
          label="Says who belongs to the organisation"
          help={`As a personnel system does. Accounts elsewhere that match nobody here are orphans; ${plural(data.orphans, "account")} of this directory now.`}
          checked={rules.authoritative}
          disabled={!onChange}
          onChange={(event) => onChange?.({ ...rules, authoritative: event.currentTarget.checked })}
        />
        {rules.mailAliases.map((alias) => (
          <p key={`${alias.domain} ${alias.other}`} className="row">
            <span className="grow">
              <span className="mono">{alias.domain}</span> and <span className="mono">{alias.other}</span> are
              one mail domain.
            </span>
            {onChange && (
              <Button
                size="sm"
                aria-label={`Remove the alias of ${alias.domain} and ${alias.other}`}
                onClick={() =>
                  onChange({ ...rules, mailAliases: rules.mailAliases.filter((each) => each !== alias) })
                }
              >
                Remove
              </Button>
            )}
          </p>
        ))}
        {rules.loginPatterns.map((pattern) => (
          <p key={pattern} className="row">
            <span className="grow">
              Logins made as <span className="mono">{pattern}</span> speak for a match.
            </span>
            {onChange && (
              <Button
                size="sm"
                aria-label={`Remove the pattern ${pattern}`}
                onClick={() =>
                  onChange({
                    ...rules,
                    loginPatterns: rules.loginPatterns.filter((each) => each !== pattern),
                  })
                }
              >
                Remove
              </Button>
            )}
          </p>
        ))}
        {data.lessons.map((lesson) => (
          <p key={lesson.pattern ?? `${lesson.alias?.domain} ${lesson.alias?.other}`} className="row">
            <span className="grow">
              {plural(lesson.seen, "confirmed case")}{" "}
              {lesson.alias ? (
                <>
                  had mail at <span className="mono">{lesson.alias.domain}</span> and{" "}
                  <span className="mono">{lesson.alias.other}</span>
                </>
              ) : (
                <>
                  had a login like <span className="mono">{lesson.pattern}</span>
                </>
              )}
              .
            </span>
            {onChange && (
              <Button
                size="sm"
                onClick={() =>
                  onChange(
                    lesson.alias
                      ? { ...rules, mailAliases: [...rules.mailAliases, lesson.alias] }
                      : { ...rules, loginPatterns: [...rules.loginPatterns, lesson.pattern ?? ""] },
                  )
                }
              >
                Use it
              </Button>
            )}
          </p>
        ))}
      </div>
    </Section>
  );
}
