// Who sees the pages. They tell how to ask and nothing of what was asked, so without PAGES they are open to everybody.
import type { Config } from '../../config/settings.ts';

export type Pages = Config['pages'];

/** The configuration of a page's route, see authentication.ts. */
export function opennessOf(pages: Pages): { readonly open?: true } {
  return pages === 'open' ? { open: true } : {};
}
