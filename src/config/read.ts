import { cosmiconfig } from 'cosmiconfig';
import { ConfigError } from './error.js';

const refuse = (file: string): never => {
  throw new ConfigError(
    `${file} is a program: a configuration is JSON or YAML. Rules of your own go into a file that \`ruleModules\` names.`,
  );
};

/** Reads one file with cosmiconfig, whose loaders of code are replaced by a refusal. */
export async function readConfiguration(file: string): Promise<unknown> {
  const explorer = cosmiconfig('dumplint', {
    searchStrategy: 'none',
    packageProp: 'dumplint',
    loaders: { '.js': refuse, '.mjs': refuse, '.cjs': refuse, '.ts': refuse, '.mts': refuse, '.cts': refuse },
  });
  try {
    const result = await explorer.load(file);
    return result?.isEmpty === true ? {} : (result?.config ?? {});
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ConfigError(`There is no configuration file ${file}: check its spelling.`);
    if (message.startsWith('No loader specified'))
      throw new ConfigError(`${file} is not named as JSON or YAML: call it *.json, *.yaml or .dumplintrc.`);
    const [first = message] = message.replace(`${file}`, '').split('\n');
    throw new ConfigError(
      `${file} can't be read as ${file.endsWith('.json') ? 'JSON' : 'YAML or JSON'}: ${first.trim()}. Repair it, or use --no-config.`,
    );
  }
}
