import { setNonce } from "get-nonce";
import { z } from "zod";

/**
 * The nonce of this page's content security policy. Browsers hide it from attribute selectors, so it is read as a
 * property. Imported before anything that adds a style element.
 */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

setNonce(nonce); // for the scroll lock of dialogs
z.config({ jitless: true }); // else the first schema tries eval, which the policy refuses and reports
