/**
 * The files that the system opens with the application: runs exported as one. electron-builder tells Windows and macOS; on Linux the Debian package
 * brings `linux/fracbits-studio.xml` and the desktop entry, which say the same. They wear the application's icon.
 */
export const bundle = { ending: 'fracbits', name: 'FracBits bundle of runs', mimeType: 'application/vnd.fracbits.bundle+zip' }
