import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** Path prefix of the server. The server replaces this literal in the served page when it is mounted elsewhere. */
const BASE = '/infinite_image_browsing'
const SERVER = 'http://127.0.0.1:8000'

export default defineConfig(({ command }) => ({
  plugins: [vue()],
  base: command === 'build' ? `${BASE}/fe-static/` : `${BASE}/`,
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
  },
  build: {
    outDir: '../src/iib/web_dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { [`^${BASE}/(v1|db|file|image-thumbnail|global_setting|app_fe_setting|version)`]: SERVER },
  },
  test: { include: ['src/**/*.test.ts'], css: { include: [/\.css/] } },
}))
