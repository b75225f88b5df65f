import { type MantineColorScheme, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useLetterKeys } from "../lib/preferences";
import { Icon } from "../ui/Icon";
import { Kbd } from "../ui/Kbd";
import { sessionQuery, sourcesQuery } from "./queries";
import { TimeControl } from "./TimeControl";

const schemes = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "As the system" },
] as const;

/** Search, commands, what may be changed, and who is here. */
export function TopBar({
  onSearch,
  onCommands,
  onKeys,
}: {
  onSearch(): void;
  onCommands(): void;
  onKeys(): void;
}) {
  const session = useQuery(sessionQuery);
  const sources = useQuery(sourcesQuery);
  const writable = sources.data?.filter((source) => !source.readOnly).map((source) => source.name) ?? [];
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [letters, setLetters] = useLetterKeys();
  return (
    <header className="top" data-pane="top">
      <button type="button" className="search" onClick={onSearch}>
        <Icon name="search" />
        <span>Name, login, mail, DN, SID, phone: paste anything</span>
        <Kbd keys="/" />
      </button>
      <button type="button" className="btn ghost w-only" onClick={onCommands}>
        Commands <Kbd keys="Ctrl+k" />
      </button>
      <span className="grow" />
      {session.data?.demo && (
        <Tooltip label="Halden Instruments is invented. Nothing here is a real directory.">
          <span className="badge-ro">DEMO</span>
        </Tooltip>
      )}
      <TimeControl />
      <Tooltip
        label={writable.length ? "Other sources cannot be changed" : "Gatehouse cannot change any source"}
      >
        <span className="badge-ro">
          <Icon name="lock" />
          READ-ONLY
          {writable.length > 0 && <em>except {writable.join(", ")}</em>}
        </span>
      </Tooltip>
      <span className="vsep" />
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <button type="button" className="btn ghost">
            <bdi>{session.data?.name ?? "Operator"}</bdi>
            <Icon name="down" />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Colours</Menu.Label>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(next) => setColorScheme(next as MantineColorScheme)}
          >
            {schemes.map((scheme) => (
              <Menu.RadioItem key={scheme.value} value={scheme.value}>
                {scheme.label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Label>Keyboard</Menu.Label>
          <Menu.CheckboxItem checked={letters} onChange={setLetters}>
            Single-letter keys
          </Menu.CheckboxItem>
          <Menu.Item rightSection={<Kbd keys="?" />} onClick={onKeys}>
            All keys
          </Menu.Item>
          {session.data && <Menu.Label>Gatehouse {session.data.version}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}
