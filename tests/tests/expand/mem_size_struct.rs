#[derive(MemSize)]
pub(crate) struct Page<'a, T: Iterator, const N: usize>
where
    T::Item: Clone,
{
    r#type: Box<T>,
    items: [T::Item; N],
    #[mem_size(skip)]
    text: &'a str,
    #[mem_size(with = self::image::walk)]
    image: Image,
    marker: core::marker::PhantomData<fn(T) -> u8>,
}
