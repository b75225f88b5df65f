import { useMantineColorScheme } from "@mantine/core";
import { useLetterKeys } from "../../lib/preferences";
import { CheckField } from "../../ui/Field";
import { Section } from "../../ui/Page";
import { Segmented } from "../../ui/Segmented";

/** Colours and keys, kept on this computer alone. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [letters, setLetters] = useLetterKeys();
  return (
    <Section title="Appearance and keyboard" beside="kept on this computer">
      <div className="pad stack" style={{ paddingTop: 0 }}>
        <div>
          <Segmented
            label="Colours"
            value={colorScheme}
            onChange={setColorScheme}
            choices={[
              { value: "auto", label: "As the system" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        </div>
        <CheckField
          label="Single-letter keys"
          help="Letters such as F and W act while no field has the focus. Chords and named keys always work."
          checked={letters}
          onChange={(event) => setLetters(event.currentTarget.checked)}
        />
      </div>
    </Section>
  );
}
