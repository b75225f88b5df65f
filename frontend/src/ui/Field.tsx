import {
  Checkbox,
  type CheckboxProps,
  NumberInput,
  type NumberInputProps,
  PasswordInput,
  type PasswordInputProps,
  Select,
  type SelectProps,
  Textarea,
  type TextareaProps,
  TextInput,
  type TextInputProps,
} from "@mantine/core";
import type { ReactNode } from "react";

interface Said {
  label: ReactNode;
  /** Below the field; an error takes its place. */
  help?: ReactNode;
  error?: ReactNode;
  /** Required is the rule, so what may stay empty is marked. */
  optional?: boolean;
  /** For what a directory stores: DN, URL, filter. */
  mono?: boolean;
}

function said({ label, help, error, optional, mono }: Said) {
  return {
    label: optional ? (
      <>
        {label} <span className="t3 nw">optional</span>
      </>
    ) : (
      label
    ),
    error,
    ...(!error && help && { description: help }),
    inputWrapperOrder: ["label", "input", "description", "error"] as (
      | "label"
      | "input"
      | "description"
      | "error"
    )[],
    ...(mono && { classNames: { input: "mono" } }),
  };
}

type Of<P> = Omit<P, "label" | "error" | "description"> & Said;

function rest<P extends Said>({ help: _help, optional: _optional, mono: _mono, ...others }: P) {
  return others;
}

/** A line of text. */
export function TextField(props: Of<TextInputProps>) {
  return <TextInput {...rest(props)} {...said(props)} spellCheck={false} autoComplete="off" />;
}

/** A secret: never kept by the page once it is sent. */
export function SecretField(props: Of<PasswordInputProps>) {
  return <PasswordInput {...rest(props)} {...said(props)} autoComplete="off" />;
}

/** One of a few. */
export function SelectField(props: Of<SelectProps>) {
  return <Select {...rest(props)} {...said(props)} allowDeselect={false} checkIconPosition="right" />;
}

/** Several lines of text. */
export function TextArea(props: Of<TextareaProps>) {
  return <Textarea minRows={3} {...rest(props)} {...said(props)} autosize spellCheck={false} />;
}

/** A whole number. */
export function NumberField(props: Of<NumberInputProps>) {
  return <NumberInput {...rest(props)} {...said(props)} allowDecimal={false} hideControls />;
}

/** Yes or no, the label at its right. */
export function CheckField({ help, ...props }: CheckboxProps & { help?: ReactNode }) {
  return <Checkbox size="xs" description={help} {...props} />;
}
