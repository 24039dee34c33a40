/** The server replaces this literal in what it serves when it is mounted elsewhere. */
export const BASE = '/infinite_image_browsing'

export const V1 = `${BASE}/v1`
