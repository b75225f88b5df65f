import {
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Input,
  type MantineColorsTuple,
  Menu,
  Modal,
  ModalOverlay,
  Paper,
  Tooltip,
} from "@mantine/core";
import colors from "../styles/teal.json";

/** The Mantine theme: every value is one of tokens.css, so its components look like ours. */
export const theme = createTheme({
  fontFamily: "var(--font-ui)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "18px" },
  lineHeights: { xs: "16px", sm: "16px", md: "20px", lg: "20px", xl: "24px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { sm: "4px", md: "6px" },
  defaultRadius: "md",
  respectReducedMotion: true,
  autoContrast: true,
  colors: { teal: colors as unknown as MantineColorsTuple },
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 4 },
  shadows: { md: "var(--pop-shadow)" },
  components: {
    Input: Input.extend({
      defaultProps: { size: "md" },
      vars: () => ({
        wrapper: {
          "--input-bd": "var(--line-control)",
          "--input-bd-focus": "var(--accent)",
          "--input-height": "var(--control-lg)",
          "--input-fz": "var(--fs-13)",
          "--input-bg": "var(--surface)",
          "--input-padding": "8px",
        },
      }),
    }),
    InputWrapper: Input.Wrapper.extend({ defaultProps: { size: "md" } }),
    Checkbox: Checkbox.extend({ defaultProps: { radius: "sm" } }),
    Paper: Paper.extend({ defaultProps: { shadow: undefined as unknown as string } }),
    ModalOverlay: ModalOverlay.extend({ defaultProps: { backgroundOpacity: 0.35 } }),
    Menu: Menu.extend({
      defaultProps: { shadow: "md", transitionProps: { duration: 140 }, withInitialFocusPlaceholder: false },
    }),
    Modal: Modal.extend({
      defaultProps: { size: 520, centered: true, transitionProps: { duration: 140 }, shadow: "md" },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, multiline: true, maw: 360 } }),
  },
});

const tokens = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--text-2)",
  "--mantine-color-placeholder": "var(--text-3)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-error": "var(--danger)",
  "--mantine-color-anchor": "var(--accent)",
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: tokens, dark: tokens });
