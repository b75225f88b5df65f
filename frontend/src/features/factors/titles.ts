/** Titles of pages that several components put up. */
export const enrolTitle = "Enrol a one-time code";
export const verifyTitle = "Verify a caller";
