import { Argument, type Command, type Option } from 'commander';

/** The shells for which scripts are made. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

interface Word {
  word: string;
  help: string;
}

/** What may follow at one place of the command line. */
interface Place {
  /** The commands up to here, each with a blank before it; empty at the beginning. */
  path: string;
  /** Commands and options. */
  words: Word[];
  /** What each argument may be, in their order; empty for any text. */
  choices: Word[][];
  /** The options that take a value, and what it may be; empty for any text. */
  values: { option: string; choices: Word[] }[];
  takesFiles: boolean;
}

/** The names of arguments that are files. */
const FILES = new Set(['file', 'path']);

const HELP = `
Examples:
  source <(failsoft completion bash)                                      # for this shell; in ~/.bashrc for all
  failsoft completion zsh > ~/.zsh/completions/_failsoft                  # a folder of $fpath
  failsoft completion fish > ~/.config/fish/completions/failsoft.fish`;

/** `failsoft completion`: prints the script that completes the command line in a shell. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script')
    .description('Prints the script with which a shell completes the commands and options of failsoft.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));
}

/** The script that completes the commands, options and choices of a program in a shell, and files where they may stand. */
function completionScript(program: Command, shell: Shell): string {
  return scripts[shell](program.name(), listPlaces(program, ''));
}

function listPlaces(command: Command, path: string): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = help.visibleOptions(command).filter(({ long }) => long);
  const words = [
    ...commands.map((child) => ({ word: child.name(), help: help.subcommandDescription(child) })),
    ...options.map(({ long, description }) => ({ word: long!, help: description })),
  ];
  const choices = command.registeredArguments.map(({ argChoices }: Argument) => toWords(argChoices));
  const values = options
    .filter(({ required }) => required)
    .map(({ long, argChoices }: Option) => ({ option: long!, choices: toWords(argChoices) }));
  const children = commands.filter((child) => command.commands.includes(child));
  const takesFiles = command.registeredArguments.some((argument) => FILES.has(argument.name()));
  return [
    { path, words, choices, values, takesFiles },
    ...children.flatMap((child) => listPlaces(child, `${path} ${child.name()}`)),
  ];
}

function toWords(choices: readonly string[] | undefined): Word[] {
  return (choices ?? []).map((word) => ({ word, help: '' }));
}

/** A text in single quotes, as all three shells read it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;
}

const scripts: Record<Shell, (name: string, places: Place[]) => string> = {
  bash: (name, places) => `# Bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local at='' words='' count=1 i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${countArguments(places, 'COMP_WORDS')}
    esac
  done
  case "$at" in
${places.map(bashLine).join('\n')}
  esac
  case "$at $count" in
${listChoices(places, (words) => `words=${quote(`${join(words)} `)}"$words"`)}
  esac
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${listValues(places, (words) => `words=${quote(join(words))}`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`,

  zsh: (name, places) => `#compdef ${name}
# Zsh completion of ${name}: source <(${name} completion zsh), or save it as _${name} in a folder of $fpath
_${name}() {
  local at='' files='' count=1 i
  local -a items
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
${countArguments(places, 'words')}
    esac
  done
  case "$at" in
${places.map(zshLine).join('\n')}
  esac
  case "$at $count" in
${listChoices(places, (words) => `items=(${zshItems(words)} $items)`)}
  esac
  case "$at \${words[CURRENT - 1]}" in
${listValues(places, (words) => `items=(${zshItems(words)}) files=''`)}
  esac
  _describe ${quote(name)} items
  if [ -n "$files" ]; then _files; fi
}
if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`,

  fish: (name, places) => `# Fish completion of ${name}: ${name} completion fish | source
function __${name}_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
            case ${paths(places, ' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c ${name} -f
${places.flatMap((place) => fishLines(name, place)).join('\n')}
`,
};

function bashLine({ path, words }: Place): string {
  return `    ${quote(path)}) words=${quote(join(words))} ;;`;
}

/** The cases of a loop over the words before, for bash and zsh: finds the command, and counts its arguments. */
function countArguments(places: Place[], array: string): string {
  const word = `\${${array}[i]}`;
  return `      ${paths(places, '|')}) at="$at ${word}" count=1 ;;
      ${optionsWithValue(places)}) ((i++)) ;;
      "$at "-*) ;;
      *) ((count++)) ;;`;
}

/** A case for each argument that has choices. */
function listChoices(places: Place[], assign: (words: Word[]) => string): string {
  const lines = places.flatMap(({ path, choices }) =>
    choices.flatMap((words, index) =>
      words.length > 0 ? `    ${quote(`${path} ${index + 1}`)}) ${assign(words)} ;;` : [],
    ),
  );
  return lines.join('\n');
}

/** A case for each option with a value. */
function listValues(places: Place[], assign: (words: Word[]) => string): string {
  const lines = places.flatMap(({ path, values }) =>
    values.map(({ option, choices }) => `    ${quote(`${path} ${option}`)}) ${assign(choices)} ;;`),
  );
  return lines.join('\n');
}

function optionsWithValue(places: Place[]): string {
  return places
    .flatMap(({ path, values }) => values.map(({ option }) => quote(`${path} ${option}`)))
    .join('|');
}

function join(words: Word[]): string {
  return words.map(({ word }) => word).join(' ');
}

function zshLine({ path, words, takesFiles }: Place): string {
  return `    ${quote(path)}) items=(${zshItems(words)})${takesFiles ? ' files=1' : ''} ;;`;
}

function zshItems(words: Word[]): string {
  return words.map(({ word, help }) => quote(`${word}:${help.replaceAll(':', ' ')}`)).join(' ');
}

function fishLines(name: string, { path, words, choices, values, takesFiles }: Place): string[] {
  const rule = `complete -c ${name} -n ${quote(`__${name}_at "${path}"`)}`;
  const given = [...words.filter(({ word }) => !word.startsWith('--')), ...choices.flat()];
  const lines = given.map(({ word, help }) => `${rule} -a ${quote(word)} -d ${quote(help)}`);
  for (const { word, help } of words.filter((each) => each.word.startsWith('--'))) {
    const value = values.find(({ option }) => option === word);
    // -x: a value follows, and no file.
    const takes = value ? ` -x${value.choices.length > 0 ? ` -a ${quote(join(value.choices))}` : ''}` : '';
    lines.push(`${rule} -l ${word.slice(2)}${takes} -d ${quote(help)}`);
  }
  return takesFiles ? [...lines, `${rule} -F`] : lines;
}

/** The paths of all commands below the first, quoted. */
function paths(places: Place[], separator: string): string {
  return places
    .slice(1)
    .map(({ path }) => quote(path))
    .join(separator);
}
