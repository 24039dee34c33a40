/** Path prefix of the server. The server replaces this literal in the served page when it is mounted elsewhere. */
export const BASE = '/infinite_image_browsing'

export const V1 = `${BASE}/v1`
