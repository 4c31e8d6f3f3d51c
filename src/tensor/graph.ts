import { attribute } from './attributes'
import { type Bytes, concat, field, integerField } from './protobuf'
import { type OutputSpec, Scope } from './scope'
import { DATA_TYPES, type DataType, type Tensor } from './types'

/** GraphDef producer version that the attributes below are written for. */
const PRODUCER_VERSION = 2000

/** A function body; its arguments are `parameters`, its results those given to {@link Graph.define}. */
export class FunctionScope extends Scope {
  readonly parameters: readonly Tensor[]

  constructor(types: readonly DataType[]) {
    super()
    this.parameters = types.map((dtype, i) => ({ ref: `a${String(i)}`, dtype }))
  }

  protected refer(node: string, [argument, , index]: OutputSpec): string {
    return `${node}:${argument}:${String(index ?? 0)}`
  }

  /** The FunctionDef message. */
  message(name: string, results: readonly Tensor[]): Bytes {
    const argument = (argumentName: string, tensor: Tensor): Bytes => concat([field(1, argumentName), integerField(3, DATA_TYPES[tensor.dtype])])
    return concat([
      field(
        1,
        concat([
          field(1, name),
          ...this.parameters.map((tensor, i) => field(2, argument(`a${String(i)}`, tensor))),
          ...results.map((tensor, i) => field(3, argument(`r${String(i)}`, tensor))),
        ]),
      ),
      ...this.nodes.map((node) => field(3, node)),
      ...results.map((tensor, i) => field(4, concat([field(1, `r${String(i)}`), field(2, tensor.ref)]))),
    ])
  }
}

/** A function that was defined in a graph and can be called from it. */
export interface GraphFunction {
  readonly name: string
  readonly parameters: readonly DataType[]
  readonly results: readonly DataType[]
}

/** The main graph: operations, functions and variables, written out as the SavedModel that the native binding loads. */
export class Graph extends Scope {
  private readonly functions: Bytes[] = []
  private readonly defined = new Map<string, GraphFunction>()

  protected refer(node: string, _output: OutputSpec, position: number): string {
    return position === 0 ? node : `${node}:${String(position)}`
  }

  placeholder(name: string, dtype: DataType, shape: readonly number[]): Tensor {
    return this.one('Placeholder', [], { dtype: attribute.type(dtype), shape: attribute.shape(shape) }, ['output', dtype], { name })
  }

  /** Defines a function once per `name`; later calls with the same name give the first definition again. */
  define(name: string, parameters: readonly DataType[], body: (scope: FunctionScope) => readonly Tensor[]): GraphFunction {
    const known = this.defined.get(name)
    if (known) return known
    const scope = new FunctionScope(parameters)
    const results = body(scope)
    this.functions.push(scope.message(name, results))
    const made = { name, parameters, results: results.map((tensor) => tensor.dtype) }
    this.defined.set(name, made)
    return made
  }

  /** Calls a function. With `compile` TensorFlow compiles the body for its argument shapes with XLA. */
  call(target: GraphFunction, inputs: readonly Tensor[], options: { compile: boolean }): Tensor[] {
    return this.add(
      'PartitionedCall',
      inputs,
      {
        Tin: attribute.types(target.parameters),
        Tout: attribute.types(target.results),
        f: attribute.function(target.name),
        config: attribute.text(''),
        config_proto: attribute.text(''),
        executor_type: attribute.text(''),
        ...(options.compile ? { _XlaMustCompile: attribute.flag(true) } : {}),
      },
      target.results.map((dtype, i): OutputSpec => ['output', dtype, i]),
      { name: target.name },
    )
  }

  /** The SavedModel message (one meta graph with the tag `fracbits`). */
  savedModel(): Bytes {
    const graph = concat([
      ...this.nodes.map((node) => field(1, node)),
      field(4, integerField(1, PRODUCER_VERSION)),
      field(2, concat(this.functions.map((definition) => field(1, definition)))),
    ])
    return concat([integerField(1, 1), field(2, concat([field(1, field(4, SAVED_MODEL_TAG)), field(2, graph)]))])
  }
}

export const SAVED_MODEL_TAG = 'fracbits'

