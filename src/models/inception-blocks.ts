import type { ConvOptions, NetworkBuilder, Value } from './network-description'

/** The blocks of Inception V3 (Szegedy et al. 2015) as torchvision names them. */
export interface InceptionBlocks {
  /** Convolution, batch norm and ReLU. */
  readonly conv: (attribute: string, from: Value, options: ConvOptions) => Value
  readonly a: (attribute: string, from: Value, poolChannels: number) => Value
  readonly b: (attribute: string, from: Value) => Value
  /** `inner` channels in the factorised 7x7 convolutions. */
  readonly c: (attribute: string, from: Value, inner: number) => Value
  readonly d: (attribute: string, from: Value) => Value
  readonly e: (attribute: string, from: Value) => Value
}

/** Convolutions without padding shrink the image by their kernel; all others keep its size. */
export const UNPADDED = 0

/** `scaled` multiplies channel counts. */
export function inceptionBlocks(net: NetworkBuilder, scaled: (channels: number) => number): InceptionBlocks {
  const conv = (attribute: string, from: Value, { out, ...window }: ConvOptions): Value =>
    net.module(attribute, 'BasicConv2d', () =>
      net.relu(null, net.batchNorm('bn', net.conv('conv', from, { out: scaled(out), ...window }), { epsilon: 0.001 })),
    )
  const pointwise = (attribute: string, from: Value, out: number): Value => conv(attribute, from, { out, kernel: 1 })
  const square = (attribute: string, from: Value, out: number): Value => conv(attribute, from, { out, kernel: 3 })
  const halving = (attribute: string, from: Value, out: number): Value => conv(attribute, from, { out, kernel: 3, stride: 2, padding: UNPADDED })
  const row = (attribute: string, from: Value, out: number, length: number): Value => conv(attribute, from, { out, kernel: [1, length] })
  const column = (attribute: string, from: Value, out: number, length: number): Value => conv(attribute, from, { out, kernel: [length, 1] })
  const pooled = (from: Value, out: number): Value => pointwise('branch_pool', net.averagePool(null, from, { kernel: 3, stride: 1, padding: 1 }), out)

  return {
    conv,

    a: (attribute, from, poolChannels) =>
      net.module(attribute, 'InceptionA', () => {
        const single = pointwise('branch1x1', from, 64)
        const five = conv('branch5x5_2', pointwise('branch5x5_1', from, 48), { out: 64, kernel: 5 })
        const double = square('branch3x3dbl_3', square('branch3x3dbl_2', pointwise('branch3x3dbl_1', from, 64), 96), 96)
        return net.concat([single, five, double, pooled(from, poolChannels)])
      }),

    b: (attribute, from) =>
      net.module(attribute, 'InceptionB', () => {
        const three = halving('branch3x3', from, 384)
        const double = halving('branch3x3dbl_3', square('branch3x3dbl_2', pointwise('branch3x3dbl_1', from, 64), 96), 96)
        return net.concat([three, double, net.maxPool(null, from, { kernel: 3, stride: 2 })])
      }),

    c: (attribute, from, inner) =>
      net.module(attribute, 'InceptionC', () => {
        const single = pointwise('branch1x1', from, 192)
        const seven = column('branch7x7_3', row('branch7x7_2', pointwise('branch7x7_1', from, inner), inner, 7), 192, 7)
        let double = column('branch7x7dbl_2', pointwise('branch7x7dbl_1', from, inner), inner, 7)
        double = column('branch7x7dbl_4', row('branch7x7dbl_3', double, inner, 7), inner, 7)
        double = row('branch7x7dbl_5', double, 192, 7)
        return net.concat([single, seven, double, pooled(from, 192)])
      }),

    d: (attribute, from) =>
      net.module(attribute, 'InceptionD', () => {
        const three = halving('branch3x3_2', pointwise('branch3x3_1', from, 192), 320)
        const seven = column('branch7x7x3_3', row('branch7x7x3_2', pointwise('branch7x7x3_1', from, 192), 192, 7), 192, 7)
        const reduced = halving('branch7x7x3_4', seven, 192)
        return net.concat([three, reduced, net.maxPool(null, from, { kernel: 3, stride: 2 })])
      }),

    e: (attribute, from) =>
      net.module(attribute, 'InceptionE', () => {
        const single = pointwise('branch1x1', from, 320)
        const three = pointwise('branch3x3_1', from, 384)
        const both = net.concat([row('branch3x3_2a', three, 384, 3), column('branch3x3_2b', three, 384, 3)])
        const double = square('branch3x3dbl_2', pointwise('branch3x3dbl_1', from, 448), 384)
        const doubles = net.concat([row('branch3x3dbl_3a', double, 384, 3), column('branch3x3dbl_3b', double, 384, 3)])
        return net.concat([single, both, doubles, pooled(from, 192)])
      }),
  }
}
