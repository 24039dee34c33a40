import pluginVue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Doors of the house: each room lists the rooms it must not import from. */
const DOORS = {
  core: ['api', 'stores', 'composables', 'components', 'features'],
  api: ['stores', 'composables', 'components', 'features'],
  stores: ['composables', 'components', 'features'],
  composables: ['components', 'features'],
  components: ['features'],
}

const MAX_LINES = 250

const doors = Object.entries(DOORS).map(([room, closed]) => ({
  files: [`src/${room}/**/*.{ts,vue}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${closed.join('|')})/`,
            message: 'Imports go features -> components -> composables -> stores -> api | core.',
          },
          ...(room === 'core' ? [{ regex: '^(vue|pinia|vue-.*|@tanstack/.*|reka-ui)$', message: 'core knows no framework.' }] : []),
        ],
      },
    ],
  },
}))

export default tseslint.config(
  { ignores: ['node_modules/', 'src/api/generated/', 'coverage/', '*.config.js', 'public/'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  ...pluginVue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        project: './tsconfig.json',
        extraFileExtensions: ['.vue'],
      },
    },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      'max-lines': ['error', { max: MAX_LINES, skipBlankLines: true, skipComments: true }],
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
      // How templates break their lines is the editor's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always' } }],
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/attributes-order': 'off',
    },
  },
  {
    // The linter cannot resolve the types of components; vue-tsc can, and checks them strictly.
    files: ['**/*.vue', 'src/main.ts'],
    rules: {
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  ...doors,
)
