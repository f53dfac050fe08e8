/** The version of Weft, as package.json and CHANGELOG.md have it (test/version.test.ts compares them). */
export const VERSION = '0.1.0'
