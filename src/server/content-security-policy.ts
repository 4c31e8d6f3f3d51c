/**
 * The page's rights: its own files and nothing else. Styles may be inline because Vue and the chart library set them on elements;
 * scripts may not, and strings reach script sinks only through Vue's own trusted-types policy.
 */
export function contentSecurityPolicy(options: { connect: readonly string[] }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self'",
    `connect-src ${["'self'", ...options.connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types vue',
  ].join('; ')
}
